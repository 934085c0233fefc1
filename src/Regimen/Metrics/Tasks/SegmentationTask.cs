using Regimen.Data;

namespace Regimen.Metrics;

/// <inheritdoc cref="PredictionTask.Segmentation"/>
internal sealed class SegmentationTask : PredictionTask
{
    public override string Name => "segmentation";

    public override TargetKind Targets => TargetKind.Mask;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => target.Kind == TargetKind.Mask ? null : "a class for each pixel (a mask, uint8 [height, width])";

    public override IMetric? CreateMetrics(MetricContext context) => context.Classes.Count == 0 ? null : new SegmentationMetrics(context.Classes, context.IgnoredTarget);
}
