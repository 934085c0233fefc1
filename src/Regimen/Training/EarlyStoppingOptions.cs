using System.ComponentModel.DataAnnotations;
using Regimen.Metrics;

namespace Regimen.Training;

/// <summary>When to stop before the last epoch, and which weights to keep.</summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>The watched value: a split and a metric, as <c>val.loss</c> or <c>val.accuracy</c>.</summary>
    public string Monitor { get; init; } = "val.loss";

    /// <summary>Whether lower or higher is better; null: as the metric has it (a loss lower, an accuracy higher). A direction that
    /// contradicts the metric is refused.</summary>
    public MonitorMode? Mode { get; init; }

    /// <summary>Validations without an improvement after which training stops.</summary>
    [Range(1, 1_000_000)]
    public int Patience { get; init; } = 3;

    /// <summary>How much better a value must be to count as an improvement.</summary>
    [Range(0, double.MaxValue)]
    public double MinDelta { get; init; }

    /// <summary>Whether the run ends with its best weights (else with its last).</summary>
    public bool RestoreBest { get; init; } = true;
}
