using Regimen.Data;

namespace Regimen.Metrics;

/// <summary>What is known before the first batch of an evaluation.</summary>
/// <param name="Classes">The names of the classes or labels in the order of their indices; empty where targets are numbers.</param>
public sealed record MetricContext(IReadOnlyList<string> Classes)
{
    /// <summary>How targets and predictions are scaled, where the target is scaled for training; null where both are in the target's units.</summary>
    public TargetScale? Scale { get; init; }

    /// <summary>The probability above which a sample counts as positive, or a label as predicted. From 0 to 1, default 0.5.</summary>
    public double DecisionThreshold { get; init; } = 0.5;

    /// <summary>The index of the positive class of a binary task; 1 by default.</summary>
    public int PositiveIndex { get; init; } = 1;
}
