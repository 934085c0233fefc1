using Regimen.Search;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Decides which trials a sweep has and which are trained next. Pure functions of the plan and the trials' state: the order in which trials
/// end, and how many run at the same time, change no decision.</summary>
internal static class SweepSchedule
{
    /// <summary>Returns the trials with those added that can be proposed now.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="search">The plan's search.</param>
    /// <param name="trials">The trials so far, in the order of their numbers.</param>
    public static IReadOnlyList<TrialRecord> Propose(SweepPlan plan, ISearch search, IReadOnlyList<TrialRecord> trials)
    {
        var all = trials.ToList();
        var results = new List<SearchResult>();
        for (int point = (all.LastOrDefault()?.Point ?? 0) + 1; point <= plan.Points && IsKnown(plan, search, all, point); point++)
        {
            IReadOnlyList<string> values = search.Propose(plan.Axes, plan.SearchSeed, point, search.NeedsResults ? Results(plan, all, point) : results);
            var named = plan.Axes.Select((a, i) => (a.Key, Value: values[i])).ToDictionary(v => v.Key, v => v.Value);
            results.Add(new SearchResult(values, SearchStatus.Pending, double.NaN));
            for (int s = 0; s < plan.Seeds.Count; s++)
            {
                all.Add(new TrialRecord { Number = ((point - 1) * plan.Seeds.Count) + s + 1, Point = point, Params = named, Seed = plan.Seeds[s], Status = TrialStatus.Waiting });
            }
        }

        return all;
    }

    /// <summary>Returns the next trial to train, and the epoch to pause it after (null: to its end); null if none can be begun now.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="trials">The trials, in the order of their numbers.</param>
    /// <param name="revived">The numbers of paused trials that are trained to their end, whatever their rank.</param>
    public static (TrialRecord Trial, int? PauseAfter)? Next(SweepPlan plan, IReadOnlyList<TrialRecord> trials, IReadOnlySet<int> revived)
    {
        if (trials.FirstOrDefault(t => revived.Contains(t.Number) && t.Status is (TrialStatus.Waiting or TrialStatus.Paused)) is { } again)
        {
            return (again, null);
        }

        if (plan.Rungs.Count == 0)
        {
            return trials.FirstOrDefault(t => t.Status == TrialStatus.Waiting) is { } next ? (next, null) : null;
        }

        HashSet<int> alive = [.. trials.Select(t => t.Point)];
        for (int rung = 0; rung < plan.Rungs.Count; rung++)
        {
            TrialRecord[] here = [.. trials.Where(t => alive.Contains(t.Point))];
            int? pause = rung == plan.Rungs.Count - 1 ? null : plan.Rungs[rung];
            if (here.FirstOrDefault(t => t.Status is (TrialStatus.Waiting or TrialStatus.Paused) && t.RungValues.Count <= rung) is { } next)
            {
                return (next, pause);
            }

            if (here.Any(t => t.Status == TrialStatus.Running || (t.Status != TrialStatus.Failed && t.RungValues.Count <= rung)))
            {
                return null;
            }

            alive = Survivors(plan, here, rung);
        }

        return null;
    }

    /// <summary>Returns the points of a rung that are trained further: the best 1/factor of those that entered the first one, at least one.</summary>
    private static HashSet<int> Survivors(SweepPlan plan, TrialRecord[] here, int rung)
    {
        int keep = Math.Max(1, (int)(plan.Points / Math.Pow(plan.Halving!.Value, rung + 1)));
        return [.. here.GroupBy(t => t.Point)
            .Select(g => (Point: g.Key, Score: Score(plan, g.Where(t => t.Status != TrialStatus.Failed).Select(t => t.RungValues[rung]))))
            .Where(p => double.IsFinite(p.Score))
            .OrderBy(p => p.Score)
            .ThenBy(p => p.Point)
            .Take(keep)
            .Select(p => p.Point)];
    }

    /// <summary>Whether a point can be proposed: a search that needs results has those of the points up to point − lag.</summary>
    private static bool IsKnown(SweepPlan plan, ISearch search, List<TrialRecord> trials, int point)
        => !search.NeedsResults || trials.Where(t => t.Point <= point - plan.Lag).All(t => t.Status is TrialStatus.Finished or TrialStatus.Failed);

    private static List<SearchResult> Results(SweepPlan plan, List<TrialRecord> trials, int point) =>
    [
        .. trials.GroupBy(t => t.Point).OrderBy(g => g.Key).Select(g =>
        {
            string[] values = [.. plan.Axes.Select(a => g.First().Params[a.Key])];
            double score = g.Key <= point - plan.Lag ? Score(plan, g.Where(t => t.Status == TrialStatus.Finished).Select(t => t.Value)) : double.NaN;
            return g.Key > point - plan.Lag ? new SearchResult(values, SearchStatus.Pending, double.NaN)
                : double.IsFinite(score) ? new SearchResult(values, SearchStatus.Done, score)
                : new SearchResult(values, SearchStatus.Failed, double.NaN);
        }),
    ];

    /// <summary>Returns the mean of the values of a point's trials, lower being better; not a number if there is none.</summary>
    private static double Score(SweepPlan plan, IEnumerable<double?> values)
    {
        double[] finite = [.. values.OfType<double>().Where(double.IsFinite)];
        return finite.Length == 0 ? double.NaN : (plan.Mode == "min" ? 1 : -1) * finite.Average();
    }
}
