namespace Regimen.SweepFiles;

/// <summary>A point of a sweep with the results of its trials, which differ in their seed alone.</summary>
/// <param name="Rank">Its rank, from 1: first the points trained to the end, then those that were paused, the longest trained first, then those
/// without a result.</param>
/// <param name="Point">Its number, from 1.</param>
/// <param name="Params">The values of the searched keys.</param>
/// <param name="Trials">Its trials, in the order of their numbers.</param>
/// <param name="Mean">The mean of their best values; null if there is none.</param>
/// <param name="StandardError">The standard error of the mean; null for fewer than two values.</param>
public sealed record RankedPoint(int Rank, int Point, IReadOnlyDictionary<string, string> Params, IReadOnlyList<TrialRecord> Trials, double? Mean, double? StandardError)
{
    /// <summary>Whether each of its trials was trained to its end.</summary>
    public bool IsFinished => Trials.All(t => t.Status == TrialStatus.Finished);

    /// <summary>Ranks the points of a sweep. Points of equal rank are in the order of their numbers.</summary>
    public static IReadOnlyList<RankedPoint> Of(SweepRecord sweep)
    {
        int sign = sweep.Plan.Mode == "min" ? 1 : -1;
        return [.. sweep.Trials.GroupBy(t => t.Point).Select(g => Of(g.Key, [.. g.OrderBy(t => t.Number)]))
            .OrderBy(p => p.Mean is null)
            .ThenBy(p => !p.IsFinished)
            .ThenByDescending(p => p.Trials.Max(t => t.RungValues.Count))
            .ThenBy(p => sign * p.Mean ?? 0)
            .ThenBy(p => p.Point)
            .Select((p, i) => p with { Rank = i + 1 })];
    }

    private static RankedPoint Of(int point, IReadOnlyList<TrialRecord> trials)
    {
        double[] values = [.. trials.Where(t => t.Value is { } v && double.IsFinite(v)).Select(t => t.Value!.Value)];
        double? mean = values.Length == 0 ? null : values.Average();
        double? error = values.Length < 2 ? null : Math.Sqrt(values.Sum(v => (v - mean!.Value) * (v - mean!.Value)) / (values.Length - 1) / values.Length);
        return new RankedPoint(0, point, trials[0].Params, trials, mean, error);
    }
}
