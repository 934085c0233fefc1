namespace Regimen.Configuration;

/// <summary>A signal that a scheduler sends some time before it ends a job; the system ends a process that does not ask for it.</summary>
public enum SchedulerSignal
{
    /// <summary>SIGUSR1, as of <c>sbatch --signal=USR1@120</c> or <c>qsub -notify</c>.</summary>
    Sigusr1,

    /// <summary>SIGUSR2.</summary>
    Sigusr2,

    /// <summary>SIGXCPU: the time limit is near.</summary>
    Sigxcpu,
}
