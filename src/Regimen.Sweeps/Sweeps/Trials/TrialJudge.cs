using System.Globalization;
using Regimen.Runs;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Decides what becomes of a trial whose process has ended: its run folder says what was achieved.</summary>
/// <param name="folder">The sweep's folder.</param>
/// <param name="plan">The sweep's plan.</param>
/// <param name="observer">Is told why a job is submitted again.</param>
/// <param name="mostResubmissions">How often a job that the scheduler ended is submitted again.</param>
internal sealed class TrialJudge(SweepFolder folder, SweepPlan plan, ISweepObserver observer, int mostResubmissions)
{
    /// <summary>A trial that is killed this often without a step more than before has failed.</summary>
    private const int MostKills = 5;

    private readonly Dictionary<int, (long Steps, int Kills)> _kills = [];

    /// <summary>Returns a trial with the state that follows from its run folder and how its process ended.</summary>
    public TrialRecord Judge(TrialRecord trial, TrialEnd end, int? pauseAfter, bool wasStopped = false)
    {
        TrialProbe probe = TrialProbe.Read(folder.TrialFolder(trial.Number));
        TrialRecord now = probe.Apply(trial, plan, pauseAfter);
        if (probe.IsOver)
        {
            return now with { Status = TrialStatus.Finished, Error = null };
        }

        if (pauseAfter is { } epoch && probe.HasReached(epoch, plan.Metric))
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

        if (end.EndedByScheduler is { } reason)
        {
            return wasStopped ? now with { Status = TrialStatus.Waiting } : AfterScheduler(now, reason);
        }

        (long steps, int kills) = _kills.GetValueOrDefault(trial.Number, (-1, 0));
        kills = now.Steps > steps ? 1 : kills + 1;
        _kills[trial.Number] = (now.Steps, kills);
        return wasStopped || kills < MostKills
            ? now with { Status = TrialStatus.Waiting }
            : now with { Status = TrialStatus.Failed, Error = $"its process was ended {kills} times without progress{(end.Error is { } message ? $"; last: {message}" : string.Empty)}" };
    }

    private TrialRecord AfterScheduler(TrialRecord trial, string reason)
    {
        if (trial.Resubmissions >= mostResubmissions)
        {
            return trial with { Status = TrialStatus.Failed, Error = $"the scheduler ended its job, after {trial.Resubmissions.ToString(CultureInfo.InvariantCulture)} of {mostResubmissions.ToString(CultureInfo.InvariantCulture)} resubmissions: {reason}" };
        }

        int again = trial.Resubmissions + 1;
        observer.Note(string.Create(CultureInfo.InvariantCulture, $"Trial {trial.Number}: {reason}; it is submitted again, for the {again}. of at most {mostResubmissions} times."));
        return trial with { Status = TrialStatus.Waiting, Resubmissions = again };
    }

    private TrialRecord Fail(TrialRecord trial, string error, bool mayRetry)
    {
        int failures = trial.Failures + 1;
        int retries = plan.OnFailure.StartsWith("retry:", StringComparison.Ordinal) ? int.Parse(plan.OnFailure.AsSpan("retry:".Length), CultureInfo.InvariantCulture) : 0;
        return trial with { Status = mayRetry && failures <= retries ? TrialStatus.Waiting : TrialStatus.Failed, Failures = failures, Error = error };
    }
}
