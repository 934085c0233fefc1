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
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private readonly ISearch _search = Searches.Of(sweep.Plan.Search);
    private readonly TrialJudge _judge = new(folder, sweep.Plan, observer, options.Slurm?.Resubmit ?? 0);
    private readonly Dictionary<Task<TrialEnd>, RunningTrial> _running = [];
    private SweepRecord _sweep = sweep with { Status = SweepStatus.Running, Ended = null, Importance = [], Slurm = options.Slurm };
    private bool _failed;

    /// <summary>Takes over what an earlier process left: jobs that go on without it, trials that ended since its last record, and those that wait
    /// to go on.</summary>
    private async Task AdoptAsync(CancellationToken stop)
    {
        foreach (TrialRecord trial in _sweep.Trials.Where(t => t.Status == TrialStatus.Running).ToArray())
        {
            if (trial.Job is { } job && await launcher.FindAsync(JobOf(trial, [], job.Name), job.Name, job.Id, stop).ConfigureAwait(false) is { } started)
            {
                Watch(trial, PauseOf(trial), started);
                continue;
            }

            await WaitForOrphanAsync(trial, stop).ConfigureAwait(false);
            TrialRecord now = _judge.Judge(trial, new TrialEnd(WasKilled: true, Error: null), PauseOf(trial));
            Replace(now with { Status = now.Status == TrialStatus.Running ? TrialStatus.Waiting : now.Status, Job = null });
        }

        // Without a failure of its own, a trial was ended too often from outside.
        foreach (TrialRecord trial in _sweep.Trials.Where(t => t.Status == TrialStatus.Failed && (t.Failures == 0 || options.RetriesFailed)).ToArray())
        {
            Replace(trial with { Status = TrialStatus.Waiting, Error = null, Failures = 0, Resubmissions = 0 });
        }
    }

    public async Task<SweepRecord> RunAsync(CancellationToken stop)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await AdoptAsync(stopping.Token).ConfigureAwait(false);
            Save();
            do
            {
                Propose();
                while (!stopping.IsCancellationRequested && _running.Count < options.Jobs && SweepSchedule.Next(_sweep.Plan, _sweep.Trials, options.Revived) is { } next)
                {
                    await BeginAsync(next.Trial, next.PauseAfter, stopping.Token).ConfigureAwait(false);
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

    private async Task BeginAsync(TrialRecord trial, int? pauseAfter, CancellationToken stop)
    {
        string run = folder.TrialFolder(trial.Number);
        TrialProbe probe = TrialProbe.Read(run);
        if (probe.IsOver || (pauseAfter is { } epoch && probe.HasReached(epoch, _sweep.Plan.Metric)))
        {
            // An earlier process trained it, and was killed before it recorded that.
            Replace(_judge.Judge(trial, new TrialEnd(WasKilled: false, Error: null), pauseAfter));
            Save();
            return;
        }

        string[] begin = probe.Manifest is not null ? ["resume", run] : ["train", "--config", folder.ConfigFile(trial.Number), "--run-folder", run];
        string[] pause = pauseAfter is { } last ? ["--pause-after", last.ToString(CultureInfo.InvariantCulture)] : [];
        string? name = launcher.NameOf(trial.Number);
        TrialRecord begun = trial with { Status = TrialStatus.Running, Error = null, Job = name is null ? null : new SchedulerJob(name, Id: null) };
        Replace(begun);

        // The name is on record before there is a job, so that none is submitted twice.
        Save();
        StartedTrial started;
        try
        {
            started = await launcher.StartAsync(JobOf(trial, [.. begin, .. options.Moved, .. pause, "--json"], name), stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Whether the scheduler has taken it is found out when the sweep is resumed.
            return;
        }

        Watch(begun, pauseAfter, started);
        if (started.JobId is not null)
        {
            Save();
        }

        observer.Began(_sweep, begun);
    }

    private void Watch(TrialRecord trial, int? pauseAfter, StartedTrial started)
    {
        Replace(trial with { Job = trial.Job is { } job ? job with { Id = started.JobId } : null });
        _running.Add(started.End, new RunningTrial(trial.Number, pauseAfter, started));
    }

    private TrialJob JobOf(TrialRecord trial, IReadOnlyList<string> arguments, string? name)
    {
        string directory = Directory.Exists(_sweep.WorkingDirectory) ? _sweep.WorkingDirectory : Environment.CurrentDirectory;
        return new TrialJob(trial.Number, arguments, directory, _sweep.Plan.Cores, folder.TrialFolder(trial.Number), name);
    }

    private async Task NextEndAsync(CancellationTokenSource stopping)
    {
        using var waiting = new CancellationTokenSource();
        Task tick = Task.Delay(Tick, time, waiting.Token);
        Task first = await Task.WhenAny([tick, .. _running.Keys]).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        if (first == tick)
        {
            foreach (RunningTrial running in _running.Values.OrderBy(r => r.Number))
            {
                if (running.NewRemark() is { } remark)
                {
                    observer.Note($"Trial {running.Number.ToString(CultureInfo.InvariantCulture)}: {remark}");
                }
            }

            observer.Progressed(_sweep, [.. _running.Values.Select(r => Read(r.Number)).OrderBy(t => t.Number)]);
            return;
        }

        // All that have ended, in the order of their numbers.
        foreach ((Task<TrialEnd> task, RunningTrial ended) in _running.Where(r => r.Key.IsCompleted).OrderBy(r => r.Value.Number).ToArray())
        {
            TrialEnd end = await task.ConfigureAwait(false);
            _running.Remove(task);
            TrialRecord trial = _judge.Judge(_sweep.Trials[ended.Number - 1], end, ended.PauseAfter, stopping.IsCancellationRequested) with { Job = null };
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
