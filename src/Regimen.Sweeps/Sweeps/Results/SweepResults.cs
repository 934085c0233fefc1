using System.Globalization;
using System.Text;
using System.Text.Json;
using Regimen.Files;
using Regimen.Importance;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>The results of a sweep: the file <c>results.csv</c>, and the importance of each key.</summary>
internal static class SweepResults
{
    /// <summary>Writes a row for each trial in the order of their numbers: number, params, seed, status, epochs, steps, the best value of the metric that
    /// ranks trials (not for folds), the loss and metrics of the final weights. It has neither times nor paths, so two sweeps of one plan have the same bytes.</summary>
    /// <exception cref="WorkFailedException">It can't be written; the old file is kept.</exception>
    public static void Write(string path, SweepRecord sweep) => AtomicFile.WriteAllBytes(path, Encoding.UTF8.GetBytes(Text(sweep)));

    /// <summary>Returns the content of <c>results.csv</c>.</summary>
    public static string Text(SweepRecord sweep)
    {
        string[] metrics = [.. sweep.Trials.SelectMany(t => t.Metrics.Keys).Distinct().Order(StringComparer.Ordinal)];
        string[] keys = [.. sweep.Plan.Axes.Select(a => a.Key)];
        var text = new StringBuilder();
        bool isRanked = sweep.Plan.CrossValidation is null;
        Row(text, ["number", .. keys, "seed", "status", "epochs", "steps", .. isRanked ? [$"best {sweep.Plan.Metric}"] : Array.Empty<string>(), .. metrics]);
        foreach (TrialRecord trial in sweep.Trials)
        {
            Row(text,
            [
                Number(trial.Number),
                .. keys.Select(k => trial.Params[k]),
                trial.Seed.ToString(CultureInfo.InvariantCulture),
                JsonNamingPolicy.SnakeCaseLower.ConvertName(trial.Status.ToString()),
                Number(trial.Epochs),
                Number(trial.Steps),
                .. isRanked ? [Value(trial.Value)] : Array.Empty<string>(),
                .. metrics.Select(m => Value(trial.Metrics.GetValueOrDefault(m))),
            ]);
        }

        return text.ToString();
    }

    /// <summary>Returns the importance of each key, from the mean of each point's values; empty if it can't be computed.</summary>
    public static IReadOnlyList<KeyImportance> Importance(SweepRecord sweep)
    {
        int sign = sweep.Plan.Mode == "min" ? 1 : -1;
        return KeyImportances.Of(
            sweep.Plan.Axes,
            [
                .. RankedPoint.Of(sweep).Where(p => p.Mean is not null && (sweep.Plan.Halving is null || p.IsFinished)).OrderBy(p => p.Point)
                    .Select(p => ((IReadOnlyList<string>)[.. sweep.Plan.Axes.Select(a => p.Params[a.Key])], sign * p.Mean!.Value)),
            ]);
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.AppendJoin(',', cells.Select(Quoted)).Append('\n');

    private static string Quoted(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Value(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? string.Empty;
}
