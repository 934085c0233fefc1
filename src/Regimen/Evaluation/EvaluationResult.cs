using Regimen.Metrics;

namespace Regimen.Evaluation;

/// <summary>The result of an evaluation: the loss and the metrics on a data set.</summary>
public sealed record EvaluationResult
{
    /// <summary>The number of samples.</summary>
    public required long Samples { get; init; }

    /// <summary>The positive class of precision, recall and F1 in a binary task with one logit; null in other tasks.</summary>
    public string? PositiveClass { get; init; }

    /// <summary>The mean loss over the samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The metrics by name, in the order of the task and the list of metrics; empty if only the loss is measured.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new OrderedDictionary<string, double>();

    /// <summary>The reason why a metric is NaN, by its name; empty if all are defined.</summary>
    public IReadOnlyDictionary<string, string> Undefined { get; init; } = new Dictionary<string, string>();

    /// <summary>The counts by true and predicted class; null unless each sample has one class.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>The scores of each class or label, in the order of their indices; empty for a regression.</summary>
    public IReadOnlyList<ClassScore> PerClass { get; init; } = [];

    /// <summary>The errors of each output of a regression; empty for other tasks.</summary>
    public IReadOnlyList<OutputError> PerOutput { get; init; } = [];
}
