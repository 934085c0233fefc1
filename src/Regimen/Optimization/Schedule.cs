namespace Regimen.Optimization;

/// <summary>The learning rate as a pure function of where training stands; nothing of it is ever saved.</summary>
public abstract record Schedule
{
    /// <summary>What the optimizer's own learning rate is multiplied by.</summary>
    public abstract double Factor(ScheduleMoment moment);
}

/// <summary>Where training stands when a learning rate is asked for.</summary>
/// <param name="Step">The step about to be taken, from 1 over the whole run.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="StepsPerEpoch">Steps in an epoch.</param>
/// <param name="TotalSteps">Steps that the run would take if nothing stopped it.</param>
public readonly record struct ScheduleMoment(long Step, int Epoch, long StepsPerEpoch, long TotalSteps);
