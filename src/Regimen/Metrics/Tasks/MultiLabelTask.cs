using Regimen.Data;

namespace Regimen.Metrics;

/// <inheritdoc cref="PredictionTask.MultiLabel"/>
internal sealed class MultiLabelTask : PredictionTask
{
    public override string Name => "multi-label classification";

    public override TargetKind Targets => TargetKind.MultiHot;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => target.Kind == TargetKind.MultiHot ? null : "any number of labels per sample (float32 0 and 1, one per label)";

    public override IMetric? CreateMetrics(MetricContext context) => context.Classes.Count == 0 ? null : new MultiLabelMetrics(context.Classes, context.DecisionThreshold);
}
