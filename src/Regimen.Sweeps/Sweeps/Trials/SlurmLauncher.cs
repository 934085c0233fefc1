using System.Globalization;
using Regimen.Runs;
using Regimen.Slurm;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Runs each trial as a job of Slurm. A job outlives the sweep's process, and is found again by it.</summary>
internal sealed class SlurmLauncher : ITrialLauncher
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(1);
    private readonly IReadOnlyList<string> _program;
    private readonly SlurmSettings _settings;
    private readonly SlurmCommands _commands;
    private readonly TimeProvider _time;
    private readonly SlurmWatch _watch;

    /// <param name="program">The program and its first arguments.</param>
    /// <param name="settings">What is asked of Slurm.</param>
    /// <param name="commands">Slurm's commands.</param>
    /// <param name="time">The time provider.</param>
    public SlurmLauncher(IReadOnlyList<string> program, SlurmSettings settings, SlurmCommands commands, TimeProvider time)
    {
        (_program, _settings, _commands, _time) = (program, settings, commands, time);
        _watch = new SlurmWatch(commands, time);
    }

    /// <summary>Returns a name that no other job of the user has: it has the time and the process's number.</summary>
    public static string NewName(string label, TimeProvider time)
        => string.Create(CultureInfo.InvariantCulture, $"regimen-{label}-{time.GetUtcNow().ToUnixTimeMilliseconds():x}-{Environment.ProcessId:x}");

    /// <inheritdoc/>
    public string? NameOf(int number) => NewName(number.ToString("0000", CultureInfo.InvariantCulture), _time);

    /// <inheritdoc/>
    public async Task<StartedTrial> StartAsync(TrialJob job, CancellationToken stop)
    {
        var slurm = new SlurmJob
        {
            Name = job.Name!,
            Settings = _settings,
            Cores = job.Cores,
            WorkingDirectory = job.WorkingDirectory,
            Command = [.. _program, .. job.Arguments],
            Run = job.RunFolder,
        };
        SlurmFiles files = slurm.Write();
        string id = await _commands.SubmitAsync(files.Script, slurm.Name, stop).ConfigureAwait(false);
        return Watched(id, files, job, stop);
    }

    /// <inheritdoc/>
    public async Task<StartedTrial?> FindAsync(TrialJob job, string name, string? id, CancellationToken stop)
    {
        id ??= (await _commands.FindAsync(name, stop).ConfigureAwait(false))?.Id;
        return id is null ? null : Watched(id, SlurmFiles.In(job.RunFolder, SlurmFiles.LastIn(job.RunFolder)), job, stop);
    }

    private StartedTrial Watched(string id, SlurmFiles files, TrialJob job, CancellationToken stop)
    {
        SlurmWatch.Watched watched = _watch.Add(id);
        long began = _time.GetTimestamp();
        return new StartedTrial(id, EndAsync(watched, files, job, stop)) { Remark = () => watched.Remark(_time.GetElapsedTime(began)) };
    }

    private async Task<TrialEnd> EndAsync(SlurmWatch.Watched watched, SlurmFiles files, TrialJob job, CancellationToken stop)
    {
        SlurmState end = await new SlurmStop(_commands, _watch, _time).EndAsync(watched, LongestStop, stop).ConfigureAwait(false);
        string? error = TrialOutput.Message(Text(files.Output)) ?? TrialOutput.LastLine(Text(files.Errors));
        if (end.IsLaunchFailure)
        {
            return new TrialEnd(WasKilled: false, $"{end.Words}: the job could not begin. Is {Path.GetDirectoryName(files.Script)} the same folder on that node?");
        }

        if (end.IsEndByScheduler)
        {
            await WaitForLockAsync(job).ConfigureAwait(false);
            return end.State == SlurmState.Unknown && error is not null ? new TrialEnd(WasKilled: false, error) : new TrialEnd(WasKilled: true, error) { EndedByScheduler = end.Words };
        }

        return new TrialEnd(TrialOutput.IsKilled(end.ExitCode), end.ExitCode == 0 ? null : error ?? end.Words);
    }

    /// <summary>Waits until the run is free: Slurm reports the end of a job on a node that it gave up before the processes there have ended.</summary>
    private async Task WaitForLockAsync(TrialJob job)
    {
        if (Directory.Exists(job.RunFolder))
        {
            using RunFolder run = RunFolder.At(job.RunFolder);
            for (long began = _time.GetTimestamp(); run.IsInUse && _time.GetElapsedTime(began) < LongestLock;)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time).ConfigureAwait(false);
            }
        }
    }

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
