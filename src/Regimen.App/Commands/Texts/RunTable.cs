using Regimen.App.Screen;
using Regimen.Runs;
using Spectre.Console;

namespace Regimen.App.Commands;

/// <summary>Writes a table of runs, one line each.</summary>
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
        ["epochs"] = r => r.Epochs,
        ["seconds"] = r => r.Manifest.Seconds,
    };

    /// <summary>Sorts runs by a key. Runs without a value come last.</summary>
    /// <exception cref="RequestException">No run has such a key.</exception>
    public static IReadOnlyList<ListedRun> Sort(IReadOnlyList<ListedRun> runs, string key, bool descending)
    {
        string[] values = [.. runs.SelectMany(r => Names("val", r.Val).Concat(Names("test", r.Manifest.Test))).Distinct()];
        if (!Keys.ContainsKey(key) && !values.Contains(key) && runs.Count > 0)
        {
            string[] known = [.. Keys.Keys, .. values];
            throw new RequestException(new Problem("Unknown sort key")
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

    public static void Write(Page page, IReadOnlyList<ListedRun> runs) => TextTable.Write(
        page,
        [
            new("run"), new("status"), new("epochs", IsNumber: true), new("best", IsNumber: true, LeftOut: 3), new("val loss", IsNumber: true, LeftOut: 1),
            new("metric", LeftOut: 5), new("val", IsNumber: true), new("test", IsNumber: true, LeftOut: 2), new("time", IsNumber: true, LeftOut: 4),
        ],
        runs.Select(r => new Cell[]
        {
            r.Folder.Name,
            StatusCell(r),
            DisplayText.Count(r.Epochs),
            r.Manifest.BestEpoch is { } best ? DisplayText.Count(best) : DisplayText.None,
            DisplayText.Number(r.Value("val.loss")),
            Metric(r) ?? DisplayText.None,
            Value(r, "val"),
            Value(r, "test"),
            r.Manifest.Seconds is { } seconds ? EpochLine.Duration(seconds) : DisplayText.None,
        }));

    /// <summary>Returns a cell with a run's status, in the status's colour.</summary>
    public static Cell StatusCell(ListedRun run) => new(run.Status, run.State switch
    {
        RunStatus.Failed => new Style(Color.Red),
        RunStatus.Interrupted => new Style(Color.Yellow),
        RunStatus.Running => new Style(run.IsLive ? Color.Blue : Color.Red),
        _ => (Style?)null,
    });

    private static IEnumerable<string> Names(string split, IReadOnlyDictionary<string, double?>? values) => (values?.Keys ?? []).Select(k => $"{split}.{k}");

    /// <summary>Returns the run's first metric other than the loss, which is the main metric of its task.</summary>
    private static string? Metric(ListedRun run) => (run.Val ?? run.Manifest.Test)?.Keys.FirstOrDefault(k => k != "loss");

    private static string Value(ListedRun run, string split)
        => Metric(run) is { } metric && run.Value($"{split}.{metric}") is { } value ? DisplayText.Metric(metric, value) : DisplayText.None;
}
