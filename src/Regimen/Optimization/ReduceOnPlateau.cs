using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;

namespace Regimen.Optimization;

/// <summary>Whether a threshold is a part of the best value or a difference to it.</summary>
public enum ThresholdMode
{
    /// <summary>A part: better means below best · (1 − threshold).</summary>
    Rel,

    /// <summary>A difference: better means below best − threshold.</summary>
    Abs,
}

/// <summary>Multiplies the learning rate by a factor where a value has not improved for some time; PyTorch's <c>ReduceLROnPlateau</c>
/// with its names. It is computed from the value's whole course each time, so there is no state to save.</summary>
[Schedule("reduce_on_plateau")]
public sealed record ReduceOnPlateau : Schedule
{
    /// <summary>The watched value: a split and a metric, as <c>val.loss</c> or <c>val.accuracy</c>.</summary>
    public string Monitor { get; init; } = "val.loss";

    /// <summary>Whether lower or higher is better.</summary>
    public MonitorMode Mode { get; init; } = MonitorMode.Min;

    /// <summary>What the learning rate is multiplied by.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Factor { get; init; } = 0.1;

    /// <summary>Validations without an improvement that are let pass; the next one lowers the learning rate.</summary>
    [Range(0, 1_000_000)]
    public int Patience { get; init; } = 10;

    /// <summary>How much better a value must be to count as an improvement.</summary>
    [Range(0, 1e6)]
    public double Threshold { get; init; } = 1e-4;

    /// <summary>What the threshold is measured by.</summary>
    public ThresholdMode ThresholdMode { get; init; } = ThresholdMode.Rel;

    /// <summary>Validations after a change in which none is counted.</summary>
    [Range(0, 1_000_000)]
    public int Cooldown { get; init; }

    /// <summary>The lowest learning rate.</summary>
    [Range(0, 1e6)]
    public double MinLr { get; init; }

    /// <summary>A change smaller than this is not made.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-8;

    /// <inheritdoc/>
    [ConfigIgnore]
    public override string? Watches => Monitor;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleMoment moment)
    {
        double lr = moment.Lr;
        double? best = null;
        int bad = 0;
        int cooling = 0;
        foreach (double value in moment.Watched ?? [])
        {
            if (IsBetter(value, best))
            {
                (best, bad) = (value, 0);
            }
            else
            {
                bad++;
            }

            if (cooling > 0)
            {
                cooling--;
                bad = 0;
            }

            if (bad > Patience)
            {
                double lower = Math.Max(lr * Factor, MinLr);
                lr = lr - lower > Eps ? lower : lr;
                (cooling, bad) = (Cooldown, 0);
            }
        }

        return lr / moment.Lr;
    }

    private bool IsBetter(double value, double? best)
    {
        if (double.IsNaN(value) || best is not { } known)
        {
            return !double.IsNaN(value);
        }

        double margin = ThresholdMode == ThresholdMode.Rel ? Math.Abs(known) * Threshold : Threshold;
        return Mode == MonitorMode.Min ? value < known - margin : value > known + margin;
    }
}
