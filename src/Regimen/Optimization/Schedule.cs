using Regimen.Metrics;

namespace Regimen.Optimization;

/// <summary>The learning rate as a pure function of where training stands and of its history; nothing of it is ever saved.</summary>
public abstract record Schedule
{
    /// <summary>The value whose course it follows, as <c>val.loss</c>; null for none.</summary>
    [ConfigIgnore]
    public virtual string? Watches => null;

    /// <summary>Whether a lower or a higher value of <see cref="Watches"/> is better, where the options say so; null where that follows
    /// from the metric. A direction that contradicts the metric is refused before the first step.</summary>
    [ConfigIgnore]
    public virtual MonitorMode? StatedMode => null;

    /// <summary>Whether a longer run would have other learning rates from its first step on: such a run can't be made longer later.</summary>
    [ConfigIgnore]
    public virtual bool DependsOnTotalSteps => false;

    /// <summary>What the optimizer's own learning rate is multiplied by.</summary>
    public abstract double FactorAt(ScheduleProgress moment);

    /// <summary>What does not go together in these options; empty where all does.</summary>
    public virtual IEnumerable<Problem> Check() => [];
}

/// <summary>Where training stands when a learning rate is asked for.</summary>
/// <param name="Step">The step about to be taken, from 1 over the whole run.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="StepsPerEpoch">Steps in an epoch.</param>
/// <param name="TotalSteps">Steps that the run would take if nothing stopped it.</param>
public readonly record struct ScheduleProgress(long Step, int Epoch, long StepsPerEpoch, long TotalSteps)
{
    /// <summary>The optimizer's own learning rate.</summary>
    public double Lr { get; init; }

    /// <summary>The course so far of the value that <see cref="Schedule.Watches"/> names, oldest first.</summary>
    public IReadOnlyList<double>? Watched { get; init; }

    /// <summary>Whether a lower or a higher value of <see cref="Watched"/> is better, by its metric.</summary>
    public MonitorMode WatchedMode { get; init; }
}
