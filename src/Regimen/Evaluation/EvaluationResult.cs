namespace Regimen.Evaluation;

/// <summary>What a pass over a split without training gave.</summary>
public sealed record EvaluationResult
{
    /// <summary>Samples seen.</summary>
    public required long Samples { get; init; }

    /// <summary>The objective's mean over these samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The metrics by name, in the order of <see cref="Evaluator.MetricNames"/>; empty where only the loss is measured.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new OrderedDictionary<string, double>();

    /// <summary>How often each class was taken for each; null unless it was a classification.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>The scores of each class, in the order of their indices; empty unless it was a classification.</summary>
    public IReadOnlyList<ClassScore> PerClass => Confusion?.PerClass ?? [];
}
