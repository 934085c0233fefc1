using System.Globalization;
using Regimen.App.Screen;
using Regimen.Catalog;

namespace Regimen.App.Commands;

/// <summary>Runs in a table: one line each, never wrapped.</summary>
internal static class RunTable
{
    public const string Started = "started";

    private static readonly Dictionary<string, Func<ListedRun, IComparable?>> Keys = new()
    {
        [Started] = r => r.Manifest.Started,
        ["name"] = r => r.Folder.Name,
        ["status"] = r => r.Status,
        ["model"] = r => r.Manifest.Model,
        ["data"] = r => r.Manifest.Data,
        ["epochs"] = r => r.Manifest.Epochs,
        ["seconds"] = r => r.Manifest.Seconds,
    };

    /// <summary>Sorted by a key; runs without a value come last.</summary>
    /// <exception cref="RequestException">No run has such a key.</exception>
    public static IReadOnlyList<ListedRun> Sort(IReadOnlyList<ListedRun> runs, string key, bool descending)
    {
        string[] values = [.. runs.SelectMany(r => Names("val", r.Manifest.Val).Concat(Names("test", r.Manifest.Test))).Distinct()];
        if (!Keys.ContainsKey(key) && !values.Contains(key) && runs.Count > 0)
        {
            string[] known = [.. Keys.Keys, .. values];
            throw new RequestException(new Problem("There is nothing of that name to sort by")
            {
                Where = "--sort",
                Expected = $"one of {string.Join(", ", known)}",
                Received = key,
                Hint = Spelling.DidYouMean(key, known),
            });
        }

        Func<ListedRun, IComparable?> of = Keys.GetValueOrDefault(key) ?? (r => r.Value(key));
        IOrderedEnumerable<ListedRun> withValueFirst = runs.OrderBy(r => of(r) is null);
        return [.. descending ? withValueFirst.ThenByDescending(of) : withValueFirst.ThenBy(of)];
    }

    public static void Write(TextWriter output, IReadOnlyList<ListedRun> runs) => TextTable.Write(
        output,
        ["run", "status", "epochs", "best", "val loss", "metric", "val", "test", "time"],
        runs.Select(r => new[]
        {
            r.Folder.Name,
            r.Status,
            Text(r.Manifest.Epochs),
            r.Manifest.BestEpoch is { } best ? Text(best) : "-",
            Number(r.Value("val.loss"), "0.00000"),
            Metric(r) ?? "-",
            Value(r, "val"),
            Value(r, "test"),
            r.Manifest.Seconds is { } seconds ? EpochLine.Duration(seconds) : "-",
        }),
        rightAlignedFrom: 2);

    private static IEnumerable<string> Names(string split, IReadOnlyDictionary<string, double?>? values) => (values?.Keys ?? []).Select(k => $"{split}.{k}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    /// <summary>The first metric beside the loss: what runs of this kind are told by.</summary>
    private static string? Metric(ListedRun run) => (run.Manifest.Val ?? run.Manifest.Test)?.Keys.FirstOrDefault(k => k != "loss");

    private static string Value(ListedRun run, string split)
        => Metric(run) is { } metric && run.Value($"{split}.{metric}") is { } value ? EpochLine.Value(metric, value) : "-";
}
