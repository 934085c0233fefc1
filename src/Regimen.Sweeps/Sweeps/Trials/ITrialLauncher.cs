namespace Regimen.Sweeps;

/// <summary>Runs trials.</summary>
public interface ITrialLauncher
{
    /// <summary>Returns a new name for the job of a trial, by which a later process of the sweep finds it; null if trials do not outlive the sweep.</summary>
    string? NameOf(int number);

    /// <summary>Starts a trial.</summary>
    /// <param name="job">The trial.</param>
    /// <param name="stop">Asks the trial to stop with a checkpoint; <see cref="StartedTrial.End"/> still waits for its end.</param>
    /// <exception cref="WorkFailedException">The trial can't be started.</exception>
    Task<StartedTrial> StartAsync(TrialJob job, CancellationToken stop);

    /// <summary>Finds a trial that an earlier process of the sweep started.</summary>
    /// <param name="job">The trial.</param>
    /// <param name="name">The name of its job.</param>
    /// <param name="id">The number of its job; null if that process did not come to know it.</param>
    /// <param name="stop">Asks the trial to stop with a checkpoint.</param>
    /// <returns>The trial; null if nothing is known of it.</returns>
    Task<StartedTrial?> FindAsync(TrialJob job, string name, string? id, CancellationToken stop);
}

/// <summary>A command that trains a trial, or continues it.</summary>
/// <param name="Number">The trial's number.</param>
/// <param name="Arguments">The arguments of the program: <c>train …</c> or <c>resume …</c>.</param>
/// <param name="WorkingDirectory">The folder to run it in.</param>
/// <param name="Cores">The number of cores that it may use.</param>
/// <param name="RunFolder">The folder of its run.</param>
/// <param name="Name">The name of its job; null if it has none.</param>
public sealed record TrialJob(int Number, IReadOnlyList<string> Arguments, string WorkingDirectory, int Cores, string RunFolder, string? Name = null);

/// <summary>A trial that was started.</summary>
/// <param name="JobId">The number of its job; null if it has none.</param>
/// <param name="End">How it ended.</param>
public sealed record StartedTrial(string? JobId, Task<TrialEnd> End)
{
    /// <summary>Returns what the user should know of it at the moment, as why it waits; null for nothing.</summary>
    public Func<string?> Remark { get; init; } = () => null;
}

/// <summary>How the process of a trial ended. Its run folder says what it achieved.</summary>
/// <param name="WasKilled">Whether it was killed, so that it can continue.</param>
/// <param name="Error">Its own message of what failed; null for none.</param>
public sealed record TrialEnd(bool WasKilled, string? Error)
{
    /// <summary>Why the scheduler ended it; null if it ended by itself.</summary>
    public string? EndedByScheduler { get; init; }
}
