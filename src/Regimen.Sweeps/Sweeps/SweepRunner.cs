using System.Globalization;
using Regimen.Catalog;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Search;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Runs the trials of a sweep, several at a time, and keeps <c>sweep.json</c> true: after a kill at any instant, of the sweep or of a trial,
/// exactly what is missing is run.</summary>
/// <param name="catalog">The catalog of components by name.</param>
/// <param name="launcher">Runs the trials.</param>
/// <param name="observer">Is told what happens.</param>
/// <param name="time">The time provider.</param>
public sealed class SweepRunner(ComponentCatalog catalog, ITrialLauncher launcher, ISweepObserver observer, TimeProvider time)
{
    /// <summary>A trial that is killed this often without an epoch or step more than before has failed.</summary>
    private const int MostKills = 5;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private readonly Dictionary<int, (long Steps, int Kills)> _kills = [];

    /// <summary>Records a new sweep in its folder. Nothing is trained yet.</summary>
    /// <param name="planned">The planned sweep.</param>
    /// <param name="workingDirectory">The folder that relative paths of the trials' configs start from.</param>
    /// <exception cref="RequestException">The folder can't be created.</exception>
    /// <exception cref="WorkFailedException">The record can't be written; the folder is removed.</exception>
    public SweepFolder Create(PlannedSweep planned, string workingDirectory)
    {
        var folder = SweepFolder.Create(planned.Runs, planned.Name, time);
        try
        {
            var sweep = new SweepRecord
            {
                Name = planned.Name,
                Status = SweepStatus.Running,
                Started = time.GetUtcNow(),
                WorkingDirectory = workingDirectory,
                Plan = planned.Plan,
                Trials = planned.Trials,
            };
            WriteConfigs(folder, sweep, planned.Trials);
            sweep.Write(folder.RecordFile);
            return folder;
        }
        catch
        {
            folder.RemoveUnlessBegun();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs what is missing of a sweep, to its end or until a stop.</summary>
    /// <param name="folder">The sweep's folder, locked.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="stop">Stops every trial with a checkpoint; the sweep can be resumed.</param>
    /// <returns>The record at the end.</returns>
    /// <exception cref="RequestException">The sweep's record is damaged, or a trial of an earlier process does not end.</exception>
    /// <exception cref="WorkFailedException">The record can't be written, or a process can't be started.</exception>
    public async Task<SweepRecord> RunAsync(SweepFolder folder, SweepRunOptions options, CancellationToken stop)
    {
        SweepRecord sweep = SweepRecord.Read(folder.RecordFile);
        ISearch search = Searches.Of(sweep.Plan.Search);
        CheckRevived(sweep, options);
        var process = new RunProcess(this, folder, options, search, sweep);
        await process.AdoptAsync(stop).ConfigureAwait(false);
        return await process.RunAsync(stop).ConfigureAwait(false);
    }

    private static void CheckRevived(SweepRecord sweep, SweepRunOptions options)
    {
        Problem[] problems =
        [
            .. options.Revived.Where(n => sweep.Trials.All(t => t.Number != n || t.Status is not (TrialStatus.Paused or TrialStatus.Waiting or TrialStatus.Running))).Select(n => new Problem("The trial is not paused")
            {
                Where = $"--revive {n.ToString(CultureInfo.InvariantCulture)}",
                Expected = sweep.Trials.Any(t => t.Status == TrialStatus.Paused) ? $"one of {string.Join(", ", sweep.Trials.Where(t => t.Status == TrialStatus.Paused).Select(t => t.Number))}" : "a paused trial (the sweep has none)",
            }),
        ];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    private void WriteConfigs(SweepFolder folder, SweepRecord sweep, IReadOnlyList<TrialRecord> trials)
    {
        string directory = Directory.Exists(sweep.WorkingDirectory) ? sweep.WorkingDirectory : Environment.CurrentDirectory;
        var configs = TrialConfigs.Of(catalog, directory, sweep.Plan);
        foreach (TrialRecord trial in trials.Where(t => !File.Exists(folder.ConfigFile(t.Number))))
        {
            folder.WriteConfig(trial.Number, configs.Compose(trial.Params, trial.Seed));
        }
    }

    /// <summary>The trials of one call, and what is known of them.</summary>
    private sealed class RunProcess(SweepRunner runner, SweepFolder folder, SweepRunOptions options, ISearch search, SweepRecord sweep)
    {
        private readonly Dictionary<Task<TrialEnd>, (int Number, int? PauseAfter)> _running = [];
        private SweepRecord _sweep = sweep with { Status = SweepStatus.Running, Ended = null, Importance = [] };
        private bool _failed;

        /// <summary>Takes over what an earlier process left: trials that ended since its last record, and those that wait to go on.</summary>
        public async Task AdoptAsync(CancellationToken stop)
        {
            foreach (TrialRecord trial in _sweep.Trials.Where(t => t.Status == TrialStatus.Running).ToArray())
            {
                await WaitForOrphanAsync(trial, stop).ConfigureAwait(false);
                TrialRecord now = Judge(trial, new TrialEnd(WasKilled: true, Error: null), PauseOf(trial));
                Replace(now with { Status = now.Status == TrialStatus.Running ? TrialStatus.Waiting : now.Status });
            }

            // A trial that was killed too often, or could not be started, did not fail by itself.
            foreach (TrialRecord trial in _sweep.Trials.Where(t => t.Status == TrialStatus.Failed && TrialProbe.Read(folder.TrialFolder(t.Number)) is { Damage: null, Manifest: not { Status: RunStatus.Failed } } && (options.RetriesFailed || t.Failures == 0)).ToArray())
            {
                Replace(trial with { Status = TrialStatus.Waiting, Error = null });
            }

            foreach (TrialRecord trial in _sweep.Trials.Where(t => t.Status == TrialStatus.Failed && options.RetriesFailed).ToArray())
            {
                Replace(trial with { Status = TrialStatus.Waiting, Error = null, Failures = 0 });
            }
        }

        public async Task<SweepRecord> RunAsync(CancellationToken stop)
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
            try
            {
                Save();
                do
                {
                    Propose();
                    while (!stopping.IsCancellationRequested && _running.Count < options.Jobs && SweepSchedule.Next(_sweep.Plan, _sweep.Trials, options.Revived) is { } next)
                    {
                        Begin(next.Trial, next.PauseAfter, stopping.Token);
                    }

                    if (_running.Count > 0)
                    {
                        await NextEndAsync(stopping).ConfigureAwait(false);
                    }
                }
                while (_running.Count > 0 || (!stopping.IsCancellationRequested && HasMore()));
            }
            catch
            {
                // Trials that run are stopped with a checkpoint, before the error is reported.
                await stopping.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(_running.Keys.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            bool isOver = !stop.IsCancellationRequested && !_failed;
            _sweep = _sweep with
            {
                Status = isOver ? SweepStatus.Finished : _failed ? SweepStatus.Failed : SweepStatus.Interrupted,
                Ended = runner.Time.GetUtcNow(),
                Importance = isOver ? SweepResults.Importance(_sweep) : [],
            };
            SweepResults.Write(folder.ResultsFile, _sweep);
            Save();
            WriteReport();
            return _sweep;
        }

        /// <summary>Writes the report. It can be written again at any time, so a failure ends nothing.</summary>
        private void WriteReport()
        {
            try
            {
                ReportWriter.WriteSweep(folder.FullPath);
            }
            catch (RegimenException exception)
            {
                runner.Observer.Note($"The report of the sweep was not written: {exception.Message}");
            }
        }

        private bool HasMore()
        {
            Propose();
            return SweepSchedule.Next(_sweep.Plan, _sweep.Trials, options.Revived) is not null;
        }

        private void Propose()
        {
            IReadOnlyList<TrialRecord> trials = SweepSchedule.Propose(_sweep.Plan, search, _sweep.Trials);
            if (trials.Count > _sweep.Trials.Count)
            {
                runner.WriteConfigs(folder, _sweep, [.. trials.Skip(_sweep.Trials.Count)]);
                _sweep = _sweep with { Trials = trials };
                Save();
            }
        }

        private void Begin(TrialRecord trial, int? pauseAfter, CancellationToken stop)
        {
            string run = folder.TrialFolder(trial.Number);
            TrialProbe probe = TrialProbe.Read(run);
            if (probe.IsOver || (pauseAfter is { } epoch && probe.HasReached(epoch, _sweep.Plan.Metric)))
            {
                // An earlier process trained it, and was killed before it recorded that.
                Replace(Judge(trial, new TrialEnd(WasKilled: false, Error: null), pauseAfter));
                Save();
                return;
            }

            string[] begin = probe.Manifest is not null ? ["resume", run] : ["train", "--config", folder.ConfigFile(trial.Number), "--run-folder", run];
            string[] pause = pauseAfter is { } last ? ["--pause-after", last.ToString(CultureInfo.InvariantCulture)] : [];
            string directory = Directory.Exists(_sweep.WorkingDirectory) ? _sweep.WorkingDirectory : Environment.CurrentDirectory;
            var job = new TrialJob(trial.Number, [.. begin, .. options.Moved, .. pause, "--attached", "--json"], directory, _sweep.Plan.Cores);
            TrialRecord begun = trial with { Status = TrialStatus.Running, Error = null };
            Replace(begun);
            Save();
            _running.Add(runner.Launcher.RunAsync(job, stop), (trial.Number, pauseAfter));
            runner.Observer.Began(_sweep, begun);
        }

        private async Task NextEndAsync(CancellationTokenSource stopping)
        {
            using var waiting = new CancellationTokenSource();
            Task tick = Task.Delay(Tick, runner.Time, waiting.Token);
            Task first = await Task.WhenAny([tick, .. _running.Keys]).ConfigureAwait(false);
            await waiting.CancelAsync().ConfigureAwait(false);
            if (first == tick)
            {
                runner.Observer.Progressed(_sweep, [.. _running.Values.Select(r => Read(r.Number)).OrderBy(t => t.Number)]);
                return;
            }

            // All that have ended, in the order of their numbers.
            foreach ((Task<TrialEnd> task, (int number, int? pauseAfter)) in _running.Where(r => r.Key.IsCompleted).OrderBy(r => r.Value.Number).ToArray())
            {
                _running.Remove(task);
                TrialRecord trial = Judge(_sweep.Trials[number - 1], await task.ConfigureAwait(false), pauseAfter, stopping.IsCancellationRequested);
                Replace(trial);
                Save();
                SweepResults.Write(folder.ResultsFile, _sweep);
                runner.Observer.Ended(_sweep, trial);
                if (trial.Status == TrialStatus.Failed && _sweep.Plan.OnFailure == "stop" && !_failed)
                {
                    _failed = true;
                    await stopping.CancelAsync().ConfigureAwait(false);
                }
            }
        }

        /// <summary>Returns a trial with the state that follows from its run folder and how its process ended.</summary>
        private TrialRecord Judge(TrialRecord trial, TrialEnd end, int? pauseAfter, bool wasStopped = false)
        {
            TrialProbe probe = TrialProbe.Read(folder.TrialFolder(trial.Number));
            TrialRecord now = probe.Apply(trial, _sweep.Plan, pauseAfter);
            if (probe.IsOver)
            {
                return now with { Status = TrialStatus.Finished, Error = null };
            }

            if (pauseAfter is { } epoch && probe.HasReached(epoch, _sweep.Plan.Metric))
            {
                return now with { Status = TrialStatus.Paused, Error = null };
            }

            if (probe.Damage is { } damage)
            {
                return Fail(now, damage.ToString().ReplaceLineEndings(" "), mayRetry: false);
            }

            if (probe.Manifest is { Status: RunStatus.Failed, Error: var error })
            {
                return Fail(now, error ?? end.Error ?? "it failed", mayRetry: true);
            }

            // Interrupted or killed: it goes on, unless that brings it no further.
            bool isRecorded = probe.Manifest is { Status: RunStatus.Interrupted or RunStatus.Running };
            if (!end.WasKilled && !isRecorded && !wasStopped && end.Error is not null)
            {
                return Fail(now, end.Error, mayRetry: true);
            }

            (long steps, int kills) = runner._kills.GetValueOrDefault(trial.Number, (-1, 0));
            kills = now.Steps > steps ? 1 : kills + 1;
            runner._kills[trial.Number] = (now.Steps, kills);
            return wasStopped || kills < MostKills
                ? now with { Status = TrialStatus.Waiting }
                : now with { Status = TrialStatus.Failed, Error = $"its process was ended {kills} times without progress{(end.Error is { } message ? $"; last: {message}" : string.Empty)}" };
        }

        private TrialRecord Fail(TrialRecord trial, string error, bool mayRetry)
        {
            int failures = trial.Failures + 1;
            int retries = _sweep.Plan.OnFailure.StartsWith("retry:", StringComparison.Ordinal) ? int.Parse(_sweep.Plan.OnFailure.AsSpan("retry:".Length), CultureInfo.InvariantCulture) : 0;
            return trial with { Status = mayRetry && failures <= retries ? TrialStatus.Waiting : TrialStatus.Failed, Failures = failures, Error = error };
        }

        /// <summary>Waits for the process of a trial whose sweep was killed: it stops by itself, because its standard input has ended.</summary>
        private async Task WaitForOrphanAsync(TrialRecord trial, CancellationToken stop)
        {
            long began = runner.Time.GetTimestamp();
            for (bool told = false; Directory.Exists(folder.TrialFolder(trial.Number)); told = true)
            {
                using RunFolder run = RunFolder.At(folder.TrialFolder(trial.Number));
                if (!run.IsInUse)
                {
                    return;
                }

                if (runner.Time.GetElapsedTime(began) > LongestWait)
                {
                    run.ThrowIfInUse();
                }

                if (!told)
                {
                    runner.Observer.Note($"Trial {trial.Number.ToString(CultureInfo.InvariantCulture)} still runs for a sweep that was killed; waiting until it has saved a checkpoint.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), runner.Time, stop).ConfigureAwait(false);
            }
        }

        /// <summary>The epoch that a running trial was to be paused after, from its rung.</summary>
        private int? PauseOf(TrialRecord trial)
            => trial.RungValues.Count < _sweep.Plan.Rungs.Count - 1 && !options.Revived.Contains(trial.Number) ? _sweep.Plan.Rungs[trial.RungValues.Count] : null;

        private TrialRecord Read(int number)
        {
            TrialRecord trial = _sweep.Trials[number - 1];
            return TrialProbe.Read(folder.TrialFolder(number)).Apply(trial, _sweep.Plan, pausedAfter: null);
        }

        private void Replace(TrialRecord trial) => _sweep = _sweep with { Trials = [.. _sweep.Trials.Select(t => t.Number == trial.Number ? trial : t)] };

        private void Save() => _sweep.Write(folder.RecordFile);
    }

    private ITrialLauncher Launcher => launcher;

    private ISweepObserver Observer => observer;

    private TimeProvider Time => time;
}

/// <summary>How a sweep is run; its results do not depend on it.</summary>
/// <param name="Jobs">The number of trials that run at the same time.</param>
/// <param name="Revived">The numbers of paused trials that are trained to their end.</param>
/// <param name="RetriesFailed">Whether trials that failed are tried again.</param>
/// <param name="Moved">The new location of moved data, as <c>data.root=PATH</c>.</param>
public sealed record SweepRunOptions(int Jobs, IReadOnlySet<int> Revived, bool RetriesFailed, IReadOnlyList<string> Moved);
