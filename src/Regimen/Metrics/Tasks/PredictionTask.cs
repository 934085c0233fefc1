using Regimen.Data;

namespace Regimen.Metrics;

/// <summary>A prediction task, such as classification: the kind of targets, the number of outputs that a model needs, and the metrics.
/// A new task is a class that derives from this one and that an <c>Objective</c> returns as its <c>Task</c>.</summary>
public abstract class PredictionTask
{
    /// <summary>Any other task: only the loss is measured, and data and outputs are not checked.</summary>
    public static PredictionTask Other { get; } = new OtherTask();

    /// <summary>Logits or probabilities <c>[batch, classes]</c> against class indices <c>[batch]</c>.</summary>
    public static PredictionTask Classification { get; } = new ClassificationTask();

    /// <summary>Numbers <c>[batch, …]</c> against numbers of the same shape, up to dimensions of size 1.</summary>
    public static PredictionTask Regression { get; } = new RegressionTask();

    /// <summary>Logits <c>[batch]</c> or <c>[batch, 1]</c> of the positive class against class indices 0 and 1 <c>[batch]</c>.</summary>
    public static PredictionTask Binary { get; } = new BinaryTask();

    /// <summary>Logits <c>[batch, labels]</c> against float32 0 and 1 <c>[batch, labels]</c>.</summary>
    public static PredictionTask MultiLabel { get; } = new MultiLabelTask();

    /// <summary>Logits <c>[batch, length, vocabulary]</c> of the next token against tokens <c>[batch, length]</c>.</summary>
    public static PredictionTask NextToken { get; } = new NextTokenTask();

    /// <summary>Logits <c>[batch, classes, height, width]</c> against masks <c>[batch, height, width]</c> of class indices.</summary>
    public static PredictionTask Segmentation { get; } = new SegmentationTask();

    /// <summary>The name in messages: <c>classification</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The kind of target that a data set should give; <see cref="TargetKind.Other"/> where the data set decides.</summary>
    public virtual TargetKind Targets => TargetKind.Other;

    /// <summary>Whether the objective also accepts class probabilities as targets, as produced by mixup. Default false.</summary>
    public virtual bool TakesProbabilities => false;

    /// <summary>Returns the number of outputs that a model needs per sample, at least 1. By default one for each class or label, or one for each
    /// target value if there are no classes.</summary>
    /// <param name="target">The data's target.</param>
    /// <param name="classes">The names of the classes or labels; empty if the target is numeric.</param>
    public virtual int Outputs(DatasetTarget target, IReadOnlyList<string> classes) => classes.Count > 0 ? classes.Count : Math.Max(1, target.Size);

    /// <summary>Returns a description of the expected targets if those of the data do not fit the task; null if they fit.</summary>
    /// <param name="target">The data's target.</param>
    /// <param name="classes">The names of the classes or labels.</param>
    public virtual string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => null;

    /// <summary>Creates the metrics that are measured in every run of this task; null to measure only the loss.</summary>
    /// <param name="context">The data's classes and the objective's settings.</param>
    public virtual IMetric? CreateMetrics(MetricContext context) => null;

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    private sealed class OtherTask : PredictionTask
    {
        public override string Name => "other";
    }
}
