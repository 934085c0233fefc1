using System.Globalization;
using Regimen.Catalog;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Search;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>A sweep that is running: its trials, and what is known of them.</summary>
internal sealed class RunningSweep(
    ComponentCatalog catalog, ITrialLauncher launcher, ISweepObserver observer, TimeProvider time, SweepFolder folder, SweepRunOptions options, SweepRecord sweep)
{
    /// <summary>A trial that is killed this often without a step more than before has failed.</summary>
    private const int MostKills = 5;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private readonly ISearch _search = Searches.Of(sweep.Plan.Search);
    private readonly Dictionary<int, (long Steps, int Kills)> _kills = [];
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

        // Without a failure of its own, a trial was ended too often from outside.
        foreach (TrialRecord trial in _sweep.Trials.Where(t => t.Status == TrialStatus.Failed && (t.Failures == 0 || options.RetriesFailed)).ToArray())
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
            Ended = time.GetUtcNow(),
            Importance = isOver && _sweep.Plan.CrossValidation is null ? SweepResults.Importance(_sweep) : [],
        };
        SweepResults.Write(folder.ResultsFile, _sweep);
        Save();
        if (_sweep.Plan.CrossValidation is null)
        {
            WriteReport();
        }

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
            observer.Note($"The report of the sweep was not written: {exception.Message}");
        }
    }

    private bool HasMore()
    {
        Propose();
        return SweepSchedule.Next(_sweep.Plan, _sweep.Trials, options.Revived) is not null;
    }

    private void Propose()
    {
        IReadOnlyList<TrialRecord> trials = SweepSchedule.Propose(_sweep.Plan, _search, _sweep.Trials);
        if (trials.Count > _sweep.Trials.Count)
        {
            TrialConfigs.Write(catalog, folder, _sweep, [.. trials.Skip(_sweep.Trials.Count)]);
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
        _running.Add(launcher.RunAsync(job, stop), (trial.Number, pauseAfter));
        observer.Began(_sweep, begun);
    }

    private async Task NextEndAsync(CancellationTokenSource stopping)
    {
        using var waiting = new CancellationTokenSource();
        Task tick = Task.Delay(Tick, time, waiting.Token);
        Task first = await Task.WhenAny([tick, .. _running.Keys]).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        if (first == tick)
        {
            observer.Progressed(_sweep, [.. _running.Values.Select(r => Read(r.Number)).OrderBy(t => t.Number)]);
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
            observer.Ended(_sweep, trial);
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

        (long steps, int kills) = _kills.GetValueOrDefault(trial.Number, (-1, 0));
        kills = now.Steps > steps ? 1 : kills + 1;
        _kills[trial.Number] = (now.Steps, kills);
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
        long began = time.GetTimestamp();
        for (bool told = false; Directory.Exists(folder.TrialFolder(trial.Number)); told = true)
        {
            using RunFolder run = RunFolder.At(folder.TrialFolder(trial.Number));
            if (!run.IsInUse)
            {
                return;
            }

            if (time.GetElapsedTime(began) > LongestWait)
            {
                run.ThrowIfInUse();
            }

            if (!told)
            {
                observer.Note($"Trial {trial.Number.ToString(CultureInfo.InvariantCulture)} still runs for a sweep that was killed; waiting until it has saved a checkpoint.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, stop).ConfigureAwait(false);
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
