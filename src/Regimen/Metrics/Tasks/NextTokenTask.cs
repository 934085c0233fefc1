using Regimen.Data;

namespace Regimen.Metrics;

/// <inheritdoc cref="PredictionTask.NextToken"/>
internal sealed class NextTokenTask : PredictionTask
{
    public override string Name => "next-token prediction";

    public override TargetKind Targets => TargetKind.Tokens;

    public override int Outputs(DatasetTarget target, IReadOnlyList<string> classes) => target.Cardinality ?? 1;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => target.Kind == TargetKind.Tokens ? null : "a token for each position (int64 [length], with the field's cardinality)";

    public override IMetric? CreateMetrics(MetricContext context) => new NextTokenMetrics(context.IgnoredTarget);
}
