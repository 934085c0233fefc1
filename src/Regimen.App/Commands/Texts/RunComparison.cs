using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Listing;
using Spectre.Console;

namespace Regimen.App.Commands;

/// <summary>Formats a comparison of runs: the config keys that differ, and the final values.</summary>
internal static class RunComparison
{
    private const string BestMark = "*";
    private static readonly Style BestStyle = new(Color.Green);

    public static JsonObject Document(IReadOnlyList<RunRow> runs, IReadOnlyList<IReadOnlyDictionary<string, string>> configs) => new()
    {
        ["runs"] = new JsonArray([.. runs.Select(r => JsonValue.Create(r.Folder))]),
        ["config"] = new JsonObject(Settings(configs).Select(s => KeyValuePair.Create(s.Key, (JsonNode?)new JsonArray([.. s.Values.Select(v => v is null ? null : JsonNode.Parse(v))])))),
        ["values"] = new JsonObject(Names(runs).Select(n => KeyValuePair.Create(n, (JsonNode?)new JsonArray([.. runs.Select(r => ProblemReport.Number(r.Value(n)))])))),
    };

    /// <summary>Writes one row per run: the config values that differ, then the final values with the best of each column marked.</summary>
    public static void Write(Page page, IReadOnlyList<RunRow> runs, IReadOnlyList<IReadOnlyDictionary<string, string>> configs)
    {
        (string Key, string?[] Values)[] settings = [.. Settings(configs)];
        page.Heading(settings.Length == 0 ? "The configs are the same." : "Config differences");
        if (settings.Length > 0)
        {
            TextTable.Write(
                page,
                [new("run"), .. settings.Select(s => new Column(s.Key))],
                runs.Select((r, i) => (Cell[])[r.Name, .. settings.Select(s => new Cell(s.Values[i] ?? DisplayText.None))]));
        }

        string[] names = [.. Names(runs)];
        double?[] best = [.. names.Select(n => Best(n, runs))];
        page.Line();
        page.Heading("Final values");
        TextTable.Write(
            page,
            [new("run"), new("status"), .. names.Select(n => new Column(n, IsNumber: true)), new("weights digest")],
            runs.Select(r => (Cell[])
            [
                r.Name,
                RunTable.StatusCell(r),
                .. names.Select((n, i) => Value(r.Value(n), best[i])),
                r.WeightsDigest is { Length: >= 12 } digest ? digest[..12] : DisplayText.None,
            ]));
        page.Line($"{BestMark} the best value of the column", BestMark.Length, BestStyle);
    }

    private static Cell Value(double? value, double? best) => value is not null && value.Equals(best)
        ? new Cell($"{BestMark} {DisplayText.Number(value)}", BestStyle)
        : DisplayText.Number(value);

    /// <summary>Returns the best of the runs' values; null if all are equal or none is finite.</summary>
    private static double? Best(string name, IReadOnlyList<RunRow> runs)
    {
        double[] values = [.. runs.Select(r => r.Value(name)).OfType<double>().Where(double.IsFinite).Distinct()];
        return values.Length < 2 ? null : IsLowerBetter(name, runs) ? values.Min() : values.Max();
    }

    private static bool IsLowerBetter(string name, IReadOnlyList<RunRow> runs)
        => MetricDirection.IsLowerBetter(name, runs.Select(r => r.MetricModes).FirstOrDefault(m => m is not null));

    /// <summary>Returns the config keys whose values differ between runs, with each run's value.</summary>
    private static IEnumerable<(string Key, string?[] Values)> Settings(IReadOnlyList<IReadOnlyDictionary<string, string>> configs)
        => configs.SelectMany(c => c.Keys).Distinct()
            .Select(key => (Key: key, Values: configs.Select(c => c.GetValueOrDefault(key)).ToArray()))
            .Where(s => s.Values.Distinct().Count() > 1);

    private static IEnumerable<string> Names(IReadOnlyList<RunRow> runs) => runs.SelectMany(r => r.Values.Keys).Distinct();
}
