using Regimen.Data;

namespace Regimen.Metrics;

/// <summary>What an objective's predictions are: the targets that they are compared with, the number of outputs that a model needs, and the
/// metrics that are measured. A new task is a class of its own, which an <c>Objective</c> returns as its <c>Task</c>.</summary>
public abstract class PredictionTask
{
    /// <summary>Only the loss is measured; data and outputs are not checked.</summary>
    public static PredictionTask Other { get; } = new OtherTask();

    /// <summary>Logits or probabilities <c>[batch, classes]</c> against class indices <c>[batch]</c>.</summary>
    public static PredictionTask Classification { get; } = new ClassificationTask();

    /// <summary>Numbers <c>[batch, …]</c> against numbers of the same shape, up to dimensions of size 1.</summary>
    public static PredictionTask Regression { get; } = new RegressionTask();

    /// <summary>Logits <c>[batch]</c> or <c>[batch, 1]</c> of the positive class against class indices 0 and 1 <c>[batch]</c>.</summary>
    public static PredictionTask Binary { get; } = new BinaryTask();

    /// <summary>Logits <c>[batch, labels]</c> against float32 0 and 1 <c>[batch, labels]</c>.</summary>
    public static PredictionTask MultiLabel { get; } = new MultiLabelTask();

    /// <summary>The name in messages: <c>classification</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The kind of target that a data set should give; <see cref="TargetKind.Other"/> where the data set decides.</summary>
    public virtual TargetKind Targets => TargetKind.Other;

    /// <summary>Whether the objective also takes a probability for each class as the target, as mixup makes them. Default false.</summary>
    public virtual bool TakesProbabilities => false;

    /// <summary>The number of values that a model gives for a sample, at least 1: by default one for each class or label, or for each of the
    /// target's values where there are no classes.</summary>
    /// <param name="target">The data's target.</param>
    /// <param name="classes">The names of the classes or labels; empty where the target is numbers.</param>
    public virtual int Outputs(DatasetTarget target, IReadOnlyList<string> classes) => classes.Count > 0 ? classes.Count : Math.Max(1, target.Size);

    /// <summary>What the data should have, where its targets do not fit the task; null where they fit.</summary>
    /// <param name="target">The data's target.</param>
    /// <param name="classes">The names of the classes or labels.</param>
    public virtual string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes) => null;

    /// <summary>The metrics that are measured of every run of this task; null for the loss alone.</summary>
    /// <param name="context">What is known of the data and the objective.</param>
    public virtual IMetric? CreateMetrics(MetricContext context) => null;

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    private sealed class OtherTask : PredictionTask
    {
        public override string Name => "other";
    }
}
