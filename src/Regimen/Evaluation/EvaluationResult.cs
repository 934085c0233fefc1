using Regimen.Metrics;

namespace Regimen.Evaluation;

/// <summary>What a pass over a split without training gave.</summary>
public sealed record EvaluationResult
{
    /// <summary>Samples seen.</summary>
    public required long Samples { get; init; }

    /// <summary>The class that precision, recall and F1 are about, where there are two and one logit; else null.</summary>
    public string? PositiveClass { get; init; }

    /// <summary>The objective's mean over these samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The metrics by name, in the order of the task and the list of metrics; empty where only the loss is measured.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new OrderedDictionary<string, double>();

    /// <summary>Why a metric is not a number, by its name; empty where all are.</summary>
    public IReadOnlyDictionary<string, string> Undefined { get; init; } = new Dictionary<string, string>();

    /// <summary>How often each class was taken for each; null unless each sample has one class.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>The scores of each class or label, in the order of their indices; empty for a regression.</summary>
    public IReadOnlyList<ClassScore> PerClass { get; init; } = [];

    /// <summary>The errors of each of a regression's outputs; else empty.</summary>
    public IReadOnlyList<OutputError> PerOutput { get; init; } = [];
}
