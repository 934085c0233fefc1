namespace Regimen.Configuration;

/// <summary>A signal that a job scheduler sends some time before it ends a job. By default the signal terminates a process that does not handle
/// it.</summary>
public enum SchedulerSignal
{
    /// <summary>SIGUSR1, for example from <c>sbatch --signal=USR1@120</c> or <c>qsub -notify</c>.</summary>
    Sigusr1,

    /// <summary>SIGUSR2.</summary>
    Sigusr2,

    /// <summary>SIGXCPU: the CPU time limit is near.</summary>
    Sigxcpu,
}
