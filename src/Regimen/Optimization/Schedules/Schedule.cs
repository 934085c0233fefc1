using Regimen.Metrics;

namespace Regimen.Optimization;

/// <summary>A learning rate schedule: a pure function of the training's progress and history, without state to save.</summary>
public abstract record Schedule
{
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

    /// <summary>Returns the factor by which the optimizer's learning rate is multiplied.</summary>
    public abstract double FactorAt(ScheduleProgress moment);

    /// <summary>Returns the problems of options that contradict each other; empty if there are none.</summary>
    public virtual IEnumerable<Problem> Check() => [];
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
}
