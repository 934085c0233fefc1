namespace Regimen.Listing;

/// <summary>Finds the run with the best value.</summary>
public static class BestRun
{
    /// <summary>Returns the run with the best value among those that were trained to their end; of equal ones, the one that started first.</summary>
    /// <param name="rows">The runs.</param>
    /// <param name="by">A final value, as <c>val.rmse</c>; null for the value that the latest run monitors.</param>
    /// <exception cref="RequestException">No completed run has such a value.</exception>
    public static RunRow Of(IReadOnlyList<RunRow> rows, string? by = null)
    {
        RunRow[] complete = [.. rows.Where(r => r.IsComplete).OrderBy(r => r.Started)];
        string key = by ?? complete.LastOrDefault()?.Monitor ?? "val.loss";
        RunRow[] measured = [.. complete.Where(r => r.Value(key) is { } value && double.IsFinite(value))];
        if (measured.Length == 0)
        {
            string[] known = [.. rows.SelectMany(r => r.Values.Keys).Distinct()];
            throw new RequestException(new Problem($"No completed run has the value `{key}`")
            {
                Where = by is null ? RunNamesWord : "--by",
                Expected = known.Length == 0 ? "a run that was trained to its end" : $"one of {string.Join(", ", known)}",
                Received = key,
                Hint = Spelling.DidYouMean(key, known),
            });
        }

        return MetricDirection.IsLowerBetter(key, measured[^1].MetricModes) ? measured.MinBy(r => r.Value(key))! : measured.MaxBy(r => r.Value(key))!;
    }

    private const string RunNamesWord = "best";
}
