using System.Text;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Configuration;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Slurm;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>Trains one run as a job of Slurm, and shows what it prints.</summary>
/// <param name="host">The environment of the command.</param>
/// <param name="settings">What is asked of Slurm.</param>
/// <param name="cores">The number of cores of each rank.</param>
internal sealed class SlurmTraining(AppHost host, SlurmSettings settings, int cores)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(10);
    private readonly SlurmCommands _commands = new(host.Time);

    /// <summary>Submits the run, and waits for its end.</summary>
    /// <param name="config">The config.</param>
    /// <param name="flags">The flags of <c>train</c> that the job has too: <c>--json</c>, <c>--quiet</c>.</param>
    /// <param name="detaches">Whether to return when the job is submitted.</param>
    /// <param name="json">Whether the result is a JSON document.</param>
    /// <returns>The exit code of the run.</returns>
    /// <exception cref="RequestException">Slurm does not accept the job.</exception>
    /// <exception cref="WorkFailedException">Slurm does not answer, or ended the job before the run began.</exception>
    public int Run(RunConfig config, IReadOnlyList<string> flags, bool detaches, bool json)
    {
        using var signals = new StopSignals(config.StopSignals);
        try
        {
            _commands.CheckAsync(settings, cores, host.WorkingDirectory, signals.Token).GetAwaiter().GetResult();
            using RunFolder folder = RunFolder.Create(Path.GetFullPath(config.Runs, host.WorkingDirectory), config.RunName, host.Time);
            (string id, SlurmFiles files) = Submit(config, folder, flags, signals.Token);
            string shown = RunText.RelativeIfBelow(folder.FullPath, host.WorkingDirectory);
            if (detaches)
            {
                Report(id, folder, shown, json);
                return ExitCodes.Done;
            }

            signals.Begin();
            if (flags.Count == 0)
            {
                host.Screen.WriteLine($"Slurm job {id}  {shown}");
                host.Screen.Flush();
            }

            SlurmState end = FollowAsync(id, files, json, flags.Count == 0, signals.Token).GetAwaiter().GetResult();
            return ExitCodeOf(end, folder, shown, files, signals);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
    }

    private (string Id, SlurmFiles Files) Submit(RunConfig config, RunFolder folder, IReadOnlyList<string> flags, CancellationToken stop)
    {
        try
        {
            string written = Path.Combine(folder.FullPath, SlurmJob.FolderName, "config.yaml");
            OutputFile.Guard(written, () => Directory.CreateDirectory(Path.GetDirectoryName(written)!));
            AtomicFile.WriteAllBytes(written, Encoding.UTF8.GetBytes(RunConfigWriter.ToYamlOfBeginning(config)));
            var job = new SlurmJob
            {
                Name = SlurmLauncher.NewName(config.RunName, host.Time),
                Settings = settings,
                Cores = cores,
                WorkingDirectory = host.WorkingDirectory,
                Command = [.. host.Program, "train", "--config", written, "--run-folder", folder.FullPath, .. flags],
                Again = [.. host.Program, "resume", folder.FullPath, .. flags],
                Run = folder.FullPath,
            };
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

    private void Report(string id, RunFolder folder, string shown, bool json)
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

    private async Task<SlurmState> FollowAsync(string id, SlurmFiles files, bool json, bool isShown, CancellationToken stop)
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
                TextWriter notes = isShown ? host.Screen : host.Error;
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
