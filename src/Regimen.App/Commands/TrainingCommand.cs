using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Downloads;
using Regimen.Experiments;
using Regimen.Ranks;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.App.Commands;

/// <summary>The common part of <c>train</c>, <c>resume</c> and <c>fork</c>: trains until the end or a stop signal, and reports the result.</summary>
internal static class TrainingCommand
{
    /// <param name="host">The environment of the command.</param>
    /// <param name="config">The config of the run.</param>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="screen">The screen for progress and results.</param>
    /// <param name="json">Whether to write the result as JSON.</param>
    /// <param name="trial">How the run is a trial of a sweep.</param>
    /// <param name="checksData">Whether to compute the data's fingerprint before the first step, to compare it with a record.</param>
    /// <param name="begin">Returns the run folder and the training function, once the experiment is prepared.</param>
    /// <param name="ranks">The ranks of the job that train together; null for this process alone.</param>
    /// <param name="from">The point that the training continues from, for the ranks that do not record it.</param>
    /// <param name="origin">The moment of another run that the run starts from; null for none.</param>
    public static int Run(
        AppHost host,
        RunConfig config,
        ComponentCatalog catalog,
        IScreen screen,
        bool json,
        TrialSetting trial,
        bool checksData,
        Func<Experiment, (RunFolder Folder, Func<IReadOnlyList<ITrainObserver>, RunEnvironment, CancellationToken, RunOutcome> Work)> begin,
        string? origin = null,
        RankGroup? ranks = null,
        ResumePoint? from = null)
    {
        using var signals = new StopSignals(config.StopSignals);
        if (trial.IsAttached)
        {
            signals.WatchEnd(host.In());
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        Task<GitState?> git = Task.Run(() => GitState.Of(host.WorkingDirectory));
        Task<byte[]?> patch = Task.Run(() => config.RecordCode ? GitState.PatchOf(host.WorkingDirectory) : null);
        using Experiment? prepared = Prepare(host, config, catalog, screen, checksData, ranks, signals);
        if (prepared is not { } experiment)
        {
            return signals.ExitCode;
        }

        if (ranks is { Rank: > 0 })
        {
            // Rank 0 records the run.
            return experiment.Follow(from, host.Time, stop.Token).Status == TrainStatus.Interrupted ? signals.ExitCodeOfRank : ExitCodes.Done;
        }

        (RunFolder folder, Func<IReadOnlyList<ITrainObserver>, RunEnvironment, CancellationToken, RunOutcome> work) = begin(experiment);
        using (folder)
        {
            RunOutcome outcome;
            try
            {
                outcome = screen.Show(
                    RunText.Header(experiment, folder, host.WorkingDirectory) with { Origin = origin },
                    () => work(
                        [screen, .. trial.PauseAfter is { } epoch ? [new PauseAfterEpoch(epoch, stop)] : Array.Empty<ITrainObserver>()],
                        RunEnvironment.OfProcess(git.GetAwaiter().GetResult(), patch.GetAwaiter().GetResult()),
                        stop.Token));
            }
            catch
            {
                folder.RemoveUnlessBegun();
                throw;
            }

            screen.Summarize(RunText.Summary(outcome, folder, host.WorkingDirectory));
            if (outcome.ReportProblem is { } problem)
            {
                host.Error.WriteLine($"note: the report is not written: {problem}");
            }

            if (json)
            {
                ProblemReport.WriteJson(host, RunText.Document(outcome.Manifest, folder));
            }

            return outcome.Manifest.Status != RunStatus.Interrupted ? ExitCodes.Done : ranks is null ? signals.ExitCode : signals.ExitCodeOfRank;
        }
    }

    /// <summary>Prepares the experiment. Returns null if a stop was requested before that finished.</summary>
    private static Experiment? Prepare(AppHost host, RunConfig config, ComponentCatalog catalog, IScreen screen, bool checksData, RankGroup? ranks, StopSignals signals)
    {
        using DownloadLine? progress = screen is SilentScreen ? null : new DownloadLine(host.Screen, host.IsTerminal, host.Time);
        Experiment? experiment = null;
        try
        {
            experiment = Experiment.Prepare(config, catalog, new Downloader(progress: progress), ranks, signals.Token);
            experiment.Check();
            experiment.CheckModelState();

            if (ranks is not null)
            {
                experiment.CheckData(ranks, signals.Token);
            }
            else if (checksData)
            {
                // Hashing a large set can take long. Nothing has been written yet, so a signal still ends the process at once.
                experiment.Fingerprint.WaitAsync(signals.Token).GetAwaiter().GetResult();
            }

            signals.Begin();
            return experiment;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            experiment?.Dispose();
            return null;
        }
    }
}
