namespace Regimen.Sweeps;

/// <summary>Runs trials.</summary>
public interface ITrialLauncher
{
    /// <summary>Trains a trial, and returns when it has ended.</summary>
    /// <param name="job">The trial.</param>
    /// <param name="stop">Asks the trial to stop with a checkpoint; the call still returns when it has ended.</param>
    /// <exception cref="WorkFailedException">The trial can't be started.</exception>
    Task<TrialEnd> RunAsync(TrialJob job, CancellationToken stop);
}

/// <summary>A command that trains a trial, or continues it.</summary>
/// <param name="Number">The trial's number.</param>
/// <param name="Arguments">The arguments of the program: <c>train …</c> or <c>resume …</c>.</param>
/// <param name="WorkingDirectory">The folder to run it in.</param>
/// <param name="Cores">The number of cores that it may use.</param>
public sealed record TrialJob(int Number, IReadOnlyList<string> Arguments, string WorkingDirectory, int Cores);

/// <summary>How the process of a trial ended. Its run folder says what it achieved.</summary>
/// <param name="WasKilled">Whether it was killed, so that it can continue.</param>
/// <param name="Error">Its own message of what failed; null for none.</param>
public sealed record TrialEnd(bool WasKilled, string? Error);
