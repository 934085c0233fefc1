using System.ComponentModel.DataAnnotations;
using Regimen.Metrics;

namespace Regimen.Optimization;

/// <summary>Whether a threshold is a part of the best value or a difference to it.</summary>
public enum ThresholdMode
{
    /// <summary>A part: better means below best · (1 − threshold), or above best · (1 + threshold).</summary>
    Rel,

    /// <summary>A difference: better means below best − threshold, or above best + threshold.</summary>
    Abs,
}

/// <summary>Multiplies the learning rate by a factor where a value has not improved for some time; PyTorch's <c>ReduceLROnPlateau</c>
/// with its names. It is a function of the value's whole course, so there is no state to save.</summary>
[Schedule("reduce_on_plateau")]
public sealed record ReduceOnPlateau : Schedule
{
    /// <summary>The watched value: a split and a metric, as <c>val.loss</c> or <c>val.accuracy</c>.</summary>
    public string Monitor { get; init; } = "val.loss";

    /// <summary>Whether lower or higher is better; null: as the metric has it (a loss lower, an accuracy higher). A direction that
    /// contradicts the metric is refused.</summary>
    public MonitorMode? Mode { get; init; }

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
    [ConfigIgnore]
    public override MonitorMode? StatedMode => Mode;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment)
    {
        if (moment.Lr == 0)
        {
            return 1;
        }

        MonitorMode mode = Mode ?? moment.WatchedMode;
        var start = new State(mode, moment.Lr, Best: mode == MonitorMode.Min ? double.PositiveInfinity : double.NegativeInfinity, Bad: 0, Cooling: 0);
        return PlateauTracker.Fold(moment.Watched, this, start, static (schedule, state, value) => schedule.Next(state, value)).Lr / moment.Lr;
    }

    private State Next(State state, double value)
    {
        (double lr, double best, int bad, int cooling) = (state.Lr, state.Best, state.Bad, state.Cooling);
        if (IsBetter(value, best, state.Mode))
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

        return new State(state.Mode, lr, best, bad, cooling);
    }

    // PyTorch's arithmetic, sign and all: with a negative best value a relative threshold moves the mark the other way, and a NaN is
    // never better. The best value starts at the worst infinity, so that a later finite value improves on an infinite one.
    private bool IsBetter(double value, double best, MonitorMode mode) => (mode, ThresholdMode) switch
    {
        (MonitorMode.Min, ThresholdMode.Rel) => value < best * (1 - Threshold),
        (MonitorMode.Min, _) => value < best - Threshold,
        (_, ThresholdMode.Rel) => value > best * (1 + Threshold),
        _ => value > best + Threshold,
    };

    /// <summary>What PyTorch's scheduler keeps: the learning rate, the best value, the values without an improvement and those of the
    /// cooldown that are left.</summary>
    private readonly record struct State(MonitorMode Mode, double Lr, double Best, int Bad, int Cooling);
}
