using System.Text;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Configuration;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Slurm;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>Trains or resumes one run as a job of Slurm, and shows what it prints.</summary>
/// <param name="host">The environment of the command.</param>
/// <param name="run">What is asked of Slurm.</param>
/// <param name="json">Whether the result is a JSON document.</param>
/// <param name="isQuiet">Whether only problems are shown.</param>
internal sealed class SlurmTraining(AppHost host, SlurmRun run, bool json, bool isQuiet)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(10);
    private readonly SlurmCommands _commands = new(host.Time);

    // Those of the command that the job has too.
    private readonly string[] _flags = [.. json ? ["--json"] : Array.Empty<string>(), .. isQuiet ? ["--quiet"] : Array.Empty<string>()];

    /// <summary>Creates the folder of a new run, submits it, and waits for its end.</summary>
    /// <param name="config">The config.</param>
    /// <returns>The exit code of the run.</returns>
    /// <exception cref="RequestException">Slurm does not accept the job.</exception>
    /// <exception cref="WorkFailedException">Slurm does not answer, or ended the job before the run began.</exception>
    public int Train(RunConfig config) => Run(
        config.StopSignals,
        () => RunFolder.Create(Path.GetFullPath(config.Runs, host.WorkingDirectory), config.RunName, host.Time),
        folder =>
        {
            string written = Path.Combine(folder.FullPath, SlurmJob.FolderName, "config.yaml");
            OutputFile.Guard(written, () => Directory.CreateDirectory(Path.GetDirectoryName(written)!));
            AtomicFile.WriteAllBytes(written, Encoding.UTF8.GetBytes(RunConfigWriter.ToYamlOfBeginning(config)));
            return Job(config, folder, ["train", "--config", written, "--run-folder", folder.FullPath], ["resume", folder.FullPath]);
        });

    /// <summary>Submits a job that resumes a run, and waits for its end.</summary>
    /// <param name="config">The config of the resumed run.</param>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="changes">The changed keys.</param>
    /// <returns>The exit code of the run.</returns>
    /// <exception cref="RequestException">Slurm does not accept the job, or has another of this run.</exception>
    /// <exception cref="WorkFailedException">Slurm does not answer, or ended the job before the run began.</exception>
    public int Resume(RunConfig config, RunFolder folder, IReadOnlyList<string> changes)
    {
        string[] command = ["resume", folder.FullPath, .. changes];
        return Run(config.StopSignals, () => folder, _ => Job(config, folder, command, command));
    }

    private SlurmJob Job(RunConfig config, RunFolder folder, string[] command, string[] again) => new()
    {
        Name = SlurmLauncher.NewName(config.RunName, host.Time),
        Settings = run.Settings,
        Cores = run.Cores,
        WorkingDirectory = host.WorkingDirectory,
        Command = [.. host.Program, .. command, .. _flags],
        Again = [.. host.Program, .. again, .. _flags],
        Run = folder.FullPath,
    };

    private int Run(IReadOnlyList<SchedulerSignal> stopSignals, Func<RunFolder> open, Func<RunFolder, SlurmJob> create)
    {
        using var signals = new StopSignals(stopSignals);
        try
        {
            _commands.CheckAsync(run.Settings, run.Cores, host.WorkingDirectory, signals.Token).GetAwaiter().GetResult();
            using RunFolder folder = open();
            ThrowIfQueued(folder, signals.Token);
            (string id, SlurmFiles files) = Submit(folder, create, signals.Token);
            string shown = RunText.RelativeIfBelow(folder.FullPath, host.WorkingDirectory);
            if (run.Detaches)
            {
                Report(id, folder, shown);
                return ExitCodes.Done;
            }

            signals.Begin();
            if (_flags.Length == 0)
            {
                host.Screen.WriteLine($"Slurm job {id}  {shown}");
                host.Screen.Flush();
            }

            SlurmState end = FollowAsync(id, files, signals.Token).GetAwaiter().GetResult();
            return ExitCodeOf(end, folder, shown, files, signals);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
    }

    /// <summary>Refuses a run whose last job has not ended. A lock of the folder may not be known on another node, and a job that waits has none.</summary>
    private void ThrowIfQueued(RunFolder folder, CancellationToken stop)
    {
        if (SlurmFiles.LastIn(folder.FullPath) is not 0 and var last
            && SlurmJob.NameIn(SlurmFiles.In(folder.FullPath, last).Script) is { } name
            && _commands.FindAsync(name, stop).GetAwaiter().GetResult() is { IsEnd: false } job)
        {
            throw new RequestException(new Problem($"Slurm has a job of this run already: {job.Words}")
            {
                Where = RunText.RelativeIfBelow(folder.FullPath, host.WorkingDirectory),
                Hint = $"Wait for its end, or end it with a checkpoint: scancel --signal=TERM --full {job.Id}; scancel {job.Id} while it waits.",
            });
        }
    }

    private (string Id, SlurmFiles Files) Submit(RunFolder folder, Func<RunFolder, SlurmJob> create, CancellationToken stop)
    {
        try
        {
            SlurmJob job = create(folder);
            SlurmFiles files = job.Write();

            // The job takes the lock.
            folder.Dispose();
            return (_commands.SubmitAsync(files.Script, job.Name, stop).GetAwaiter().GetResult(), files);
        }
        catch (RegimenException)
        {
            folder.RemoveUnlessBegun();
            throw;
        }
    }

    private void Report(string id, RunFolder folder, string shown)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, new JsonObject { ["run"] = folder.FullPath, ["job"] = id });
        }
        else
        {
            host.Out.WriteLine($"Slurm job {id}  {shown}");
        }
    }

    private async Task<SlurmState> FollowAsync(string id, SlurmFiles files, CancellationToken stop)
    {
        var watch = new SlurmWatch(_commands, host.Time);
        SlurmWatch.Watched job = watch.Add(id);
        Task<SlurmState> end = new SlurmStop(_commands, watch, host.Time).EndAsync(job, LongestStop, stop);
        using var output = new FileTail(files.Output, json ? host.Out : host.Screen);
        using var errors = new FileTail(files.Errors, host.Error);
        long began = host.Time.GetTimestamp();
        string? said = null;
        bool isOver;
        do
        {
            // What a job has written before its end is shown before this returns.
            isOver = await Task.WhenAny(end, Task.Delay(Tick, host.Time, CancellationToken.None)).ConfigureAwait(false) == end;
            output.Copy();
            errors.Copy();
            if (job.Remark(host.Time.GetElapsedTime(began)) is { } remark && remark != said)
            {
                said = remark;
                TextWriter notes = _flags.Length == 0 ? host.Screen : host.Error;
                notes.WriteLine($"note: {remark}");
                notes.Flush();
            }
        }
        while (!isOver);
        return await end.ConfigureAwait(false);
    }

    private int ExitCodeOf(SlurmState end, RunFolder folder, string shown, SlurmFiles files, StopSignals signals)
    {
        bool isStopped = signals.Token.IsCancellationRequested;
        if (end.IsLaunchFailure)
        {
            throw new WorkFailedException(new Problem($"{end.Words}: the job could not begin") { Where = Path.GetDirectoryName(files.Script), Expected = "the same folder on that node" });
        }

        if (isStopped && (end.IsEndByScheduler || end.ExitCode == ExitCodes.Terminated))
        {
            return signals.ExitCode;
        }

        if (!end.IsEndByScheduler)
        {
            return end.ExitCode;
        }

        var problem = new Problem($"Slurm ended the job: {end.Words}") { Where = shown };
        if (!File.Exists(folder.ManifestFile))
        {
            throw new WorkFailedException(problem);
        }

        host.Error.WriteLine($"note: {problem.Message}. Its run continues with: regimen resume {shown}");
        return RunFolderIsOver(folder) ? ExitCodes.Done : ExitCodes.Terminated;
    }

    private static bool RunFolderIsOver(RunFolder folder) => RunManifest.Read(folder.ManifestFile).Status is RunStatus.Finished or RunStatus.StoppedEarly;
}
