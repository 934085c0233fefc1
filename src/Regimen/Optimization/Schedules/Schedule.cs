using System.ComponentModel.DataAnnotations;
using Regimen.Metrics;

namespace Regimen.Optimization;

/// <summary>A learning rate schedule: a pure function of the training's progress and history, without state to save.</summary>
public abstract record Schedule
{
    /// <summary>The number of steps of a linear warmup, which precedes the schedule; 0 for none. The schedule counts its steps and epochs from
    /// the end of the warmup, as in PyTorch's <c>SequentialLR</c>.</summary>
    [Range(0, 1_000_000_000)]
    public long WarmupSteps { get; init; }

    /// <summary>The factor of the learning rate in the first step of the warmup, which rises to 1 in the first step after it, as PyTorch's
    /// <c>LinearLR</c>; null for i / warmup_steps in step i, which is 1 in the last step of the warmup.</summary>
    [Range(0, 1)]
    public double? WarmupStartFactor { get; init; }

    /// <summary>The monitored value, such as <c>val.loss</c>; null for none.</summary>
    [ConfigIgnore]
    public virtual string? Watches => null;

    /// <summary>Whether a lower or a higher value of <see cref="Watches"/> is better, if the options state it; null if it follows from
    /// the metric. A direction that contradicts the metric is an error before the first step.</summary>
    [ConfigIgnore]
    public virtual MonitorMode? StatedMode => null;

    /// <summary>Whether the learning rates depend on the length of the run. Such a run can't be extended later.</summary>
    [ConfigIgnore]
    public virtual bool DependsOnTotalSteps => false;

    /// <summary>Returns the factor by which the optimizer's learning rate is multiplied, without a warmup. A new schedule overrides this
    /// function; a training calls <see cref="FactorWithWarmup"/>.</summary>
    public abstract double FactorAt(ScheduleProgress moment);

    /// <summary>Returns the factor by which the optimizer's learning rate is multiplied in a training: that of the warmup, and after it that of
    /// <see cref="FactorAt"/> for a run that begins after the warmup.</summary>
    public virtual double FactorWithWarmup(ScheduleProgress moment) => WarmupSteps == 0 ? FactorAt(moment)
        : moment.Step <= WarmupSteps ? WarmupFactorAt(moment.Step)
        : FactorAt(moment.After(WarmupSteps));

    /// <summary>Returns the problems of options that contradict each other; empty if there are none.</summary>
    public virtual IEnumerable<Problem> Check() => [];

    /// <summary>Returns the factor of a step of the warmup.</summary>
    internal double WarmupFactorAt(long step) => WarmupStartFactor is { } start
        ? start + ((1 - start) * (step - 1) / WarmupSteps)
        : (double)step / WarmupSteps;
}

/// <summary>The progress of the training for which a schedule computes a learning rate.</summary>
/// <param name="Step">The step about to be taken, from 1 over the whole run.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="StepsPerEpoch">The number of steps in an epoch.</param>
/// <param name="TotalSteps">The number of steps of the whole run, if it is not stopped early.</param>
public readonly record struct ScheduleProgress(long Step, int Epoch, long StepsPerEpoch, long TotalSteps)
{
    /// <summary>The optimizer's learning rate.</summary>
    public double Lr { get; init; }

    /// <summary>The values so far of the metric named by <see cref="Schedule.Watches"/>, oldest first.</summary>
    public IReadOnlyList<double>? Watched { get; init; }

    /// <summary>Whether a lower or a higher value of <see cref="Watched"/> is better, by its metric.</summary>
    public MonitorMode WatchedMode { get; init; }

    /// <summary>Returns the progress as counted from the end of a warmup: its epochs begin there, not where the data's do.</summary>
    /// <param name="warmup">The number of steps of the warmup, fewer than <see cref="Step"/>.</param>
    internal ScheduleProgress After(long warmup) => this with
    {
        Step = Step - warmup,
        Epoch = (int)((Step - 1 - warmup) / StepsPerEpoch) + 1,
        TotalSteps = TotalSteps - warmup,
    };
}
