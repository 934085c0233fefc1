using Regimen.Data;

namespace Regimen.Metrics;

/// <inheritdoc cref="PredictionTask.Classification"/>
internal sealed class ClassificationTask : PredictionTask
{
    public override string Name => "classification";

    public override TargetKind Targets => TargetKind.ClassIndex;

    public override bool TakesProbabilities => true;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => target.Kind == TargetKind.ClassIndex ? null : "one class per sample";

    public override IMetric? CreateMetrics(MetricContext context) => context.Classes.Count == 0 ? null : new ClassificationMetrics(context.Classes, context.IgnoredTarget);
}
