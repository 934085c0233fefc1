namespace Regimen.SweepFiles;

/// <summary>A loss or metric over the runs of a cross-validation.</summary>
/// <param name="Name">The name, as <c>test.accuracy</c>.</param>
/// <param name="Mean">The mean over the runs that ended; null if one has no such number.</param>
/// <param name="Deviation">The standard deviation of the sample (divided by the number of runs − 1); null for fewer than two runs.</param>
public sealed record FoldSummary(string Name, double? Mean, double? Deviation)
{
    /// <summary>Summarises every loss and metric, those of the test set (the fold) first.</summary>
    public static IReadOnlyList<FoldSummary> Of(SweepRecord record)
    {
        TrialRecord[] ended = [.. record.Trials.Where(t => t.Status == TrialStatus.Finished)];
        return
        [
            .. ended.SelectMany(t => t.Metrics.Keys).Distinct()
                .OrderBy(name => !name.StartsWith("test.", StringComparison.Ordinal)).ThenBy(name => !name.EndsWith(".loss", StringComparison.Ordinal)).ThenBy(name => name, StringComparer.Ordinal)
                .Select(name => Of(name, [.. ended.Select(t => t.Metrics.GetValueOrDefault(name))])),
        ];
    }

    private static FoldSummary Of(string name, double?[] values)
    {
        double[] numbers = [.. values.OfType<double>().Where(double.IsFinite)];
        if (numbers.Length < values.Length)
        {
            return new(name, null, null);
        }

        double mean = numbers.Average();
        return new(name, mean, numbers.Length < 2 ? null : Math.Sqrt(numbers.Sum(v => (v - mean) * (v - mean)) / (numbers.Length - 1)));
    }
}
