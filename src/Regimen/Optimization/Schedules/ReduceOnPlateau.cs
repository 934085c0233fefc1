using System.ComponentModel.DataAnnotations;
using Regimen.Metrics;

namespace Regimen.Optimization;

/// <summary>Whether a threshold is relative to the best value or absolute.</summary>
public enum ThresholdMode
{
    /// <summary>Relative: better means below best · (1 − threshold), or above best · (1 + threshold).</summary>
    Rel,

    /// <summary>Absolute: better means below best − threshold, or above best + threshold.</summary>
    Abs,
}

/// <summary>Multiplies the learning rate by a factor when a monitored value has stopped improving; PyTorch's <c>ReduceLROnPlateau</c>
/// with its names. It is a function of the history, so there is no state to save.</summary>
[Schedule("reduce_on_plateau")]
public sealed record ReduceOnPlateau : Schedule
{
    /// <summary>The monitored value: a split and a metric, such as <c>val.loss</c> or <c>val.accuracy</c>.</summary>
    public string Monitor { get; init; } = "val.loss";

    /// <summary>Whether a lower or a higher value is better; null for the metric's direction (lower for a loss, higher for an accuracy). A
    /// direction that contradicts the metric is an error.</summary>
    public MonitorMode? Mode { get; init; }

    /// <summary>The factor by which the learning rate is multiplied.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Factor { get; init; } = 0.1;

    /// <summary>The number of validations without an improvement that are tolerated; the next one lowers the learning rate.</summary>
    [Range(0, 1_000_000)]
    public int Patience { get; init; } = 10;

    /// <summary>The smallest change that counts as an improvement.</summary>
    [Range(0, 1e6)]
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Whether the threshold is relative or absolute.</summary>
    public ThresholdMode ThresholdMode { get; init; } = ThresholdMode.Rel;

    /// <summary>The number of validations after a change that are not counted.</summary>
    [Range(0, 1_000_000)]
    public int Cooldown { get; init; }

    /// <summary>The lowest learning rate.</summary>
    [Range(0, 1e6)]
    public double MinLr { get; init; }

    /// <summary>The smallest change of the learning rate; smaller changes are not made.</summary>
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

    // PyTorch's arithmetic, including the sign: with a negative best value a relative threshold acts in the other direction, and a NaN is
    // never better. The best value starts at the worst infinity, so that a later finite value improves on an infinite one.
    private bool IsBetter(double value, double best, MonitorMode mode) => (mode, ThresholdMode) switch
    {
        (MonitorMode.Min, ThresholdMode.Rel) => value < best * (1 - Threshold),
        (MonitorMode.Min, _) => value < best - Threshold,
        (_, ThresholdMode.Rel) => value > best * (1 + Threshold),
        _ => value > best + Threshold,
    };

    /// <summary>The state of PyTorch's scheduler: the learning rate, the best value, the number of values without an improvement and the
    /// remaining cooldown.</summary>
    private readonly record struct State(MonitorMode Mode, double Lr, double Best, int Bad, int Cooling);
}
