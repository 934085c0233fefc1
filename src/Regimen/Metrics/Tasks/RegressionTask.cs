using Regimen.Data;

namespace Regimen.Metrics;

/// <inheritdoc cref="PredictionTask.Regression"/>
internal sealed class RegressionTask : PredictionTask
{
    public override string Name => "regression";

    public override TargetKind Targets => TargetKind.Values;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => target.Kind == TargetKind.Values ? null : "numbers as targets";

    public override IMetric? CreateMetrics(MetricContext context) => new RegressionMetrics(context.Scale);
}
