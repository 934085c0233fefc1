using Regimen.Data;

namespace Regimen.Metrics;

/// <summary>The data's classes and the objective's settings, which metrics receive before the first batch of an evaluation.</summary>
/// <param name="Classes">The names of the classes or labels in the order of their indices; empty where targets are numbers.</param>
public sealed record MetricContext(IReadOnlyList<string> Classes)
{
    /// <summary>The scaling of targets and predictions; null if both are in the target's original units.</summary>
    public TargetScale? Scale { get; init; }

    /// <summary>The probability above which a sample counts as positive, or a label as predicted. From 0 to 1, default 0.5.</summary>
    public double DecisionThreshold { get; init; } = 0.5;

    /// <summary>The index of the positive class of a binary task; 1 by default.</summary>
    public int PositiveIndex { get; init; } = 1;

    /// <summary>The class index or token that a metric leaves out where it is the target; null for none.</summary>
    public long? IgnoredTarget { get; init; }
}
