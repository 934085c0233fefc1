using System.ComponentModel.DataAnnotations;
using Regimen.Metrics;

namespace Regimen.Training;

/// <summary>Options of early stopping: when to stop before the last epoch, and which weights to keep.</summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>The monitored value: a split and a metric, such as <c>val.loss</c> or <c>val.accuracy</c>.</summary>
    public string Monitor { get; init; } = "val.loss";

    /// <summary>Whether a lower or a higher value is better; null for the metric's direction (lower for a loss, higher for an accuracy). A
    /// direction that contradicts the metric is an error.</summary>
    public MonitorMode? Mode { get; init; }

    /// <summary>The number of validations without an improvement after which training stops.</summary>
    [Range(1, 1_000_000)]
    public int Patience { get; init; } = 3;

    /// <summary>The smallest change that counts as an improvement.</summary>
    [Range(0, double.MaxValue)]
    public double MinDelta { get; init; }

    /// <summary>Whether to restore the best weights at the end of the run; if false, it ends with its last weights.</summary>
    public bool RestoreBest { get; init; } = true;
}
