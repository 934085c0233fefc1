using Regimen.Data;

namespace Regimen.Metrics;

/// <inheritdoc cref="PredictionTask.Binary"/>
internal sealed class BinaryTask : PredictionTask
{
    public override string Name => "binary classification";

    public override TargetKind Targets => TargetKind.ClassIndex;

    public override int Outputs(DatasetTarget target, IReadOnlyList<string> classes) => 1;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => target.Kind == TargetKind.ClassIndex && classes.Count == 2 ? null : "one of two classes per sample";

    public override IMetric? CreateMetrics(MetricContext context) => context.Classes.Count != 2 ? null : new BinaryMetrics(context.Classes, context.DecisionThreshold, context.PositiveIndex);
}
