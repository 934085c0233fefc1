using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Configuration;
using Regimen.Metrics;
using Spectre.Console;

namespace Regimen.App.Commands;

/// <summary>Formats a comparison of runs: the config keys that differ, and the final values.</summary>
internal static class RunComparison
{
    private const string BestMark = "*";
    private static readonly Style BestStyle = new(Color.Green);

    public static JsonObject Document(IReadOnlyList<ListedRun> runs, IReadOnlyList<JsonObject> configs) => new()
    {
        ["runs"] = new JsonArray([.. runs.Select(r => JsonValue.Create(r.Folder.FullPath))]),
        ["config"] = new JsonObject(Settings(configs).Select(s => KeyValuePair.Create(s.Key, (JsonNode?)new JsonArray([.. s.Values.Select(v => v is null ? null : JsonNode.Parse(v))])))),
        ["values"] = new JsonObject(Names(runs).Select(n => KeyValuePair.Create(n, (JsonNode?)new JsonArray([.. runs.Select(r => ProblemReport.Number(r.Value(n)))])))),
    };

    /// <summary>Writes one row per run: the config values that differ, then the final values with the best of each column marked.</summary>
    public static void Write(Page page, IReadOnlyList<ListedRun> runs, IReadOnlyList<JsonObject> configs)
    {
        (string Key, string?[] Values)[] settings = [.. Settings(configs)];
        page.Heading(settings.Length == 0 ? "The configs are the same." : "Config differences");
        if (settings.Length > 0)
        {
            TextTable.Write(
                page,
                [new("run"), .. settings.Select(s => new Column(s.Key))],
                runs.Select((r, i) => (Cell[])[r.Folder.Name, .. settings.Select(s => new Cell(s.Values[i] ?? DisplayText.None))]));
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
                r.Folder.Name,
                RunTable.StatusCell(r),
                .. names.Select((n, i) => Value(r.Value(n), best[i])),
                r.Manifest.WeightsDigest?[..12] ?? DisplayText.None,
            ]));
        page.Line($"{BestMark} the best value of the column", BestMark.Length, BestStyle);
    }

    private static Cell Value(double? value, double? best) => value is not null && value.Equals(best)
        ? new Cell($"{BestMark} {DisplayText.Number(value)}", BestStyle)
        : DisplayText.Number(value);

    /// <summary>Returns the best of the runs' values; null if all are equal or none is finite.</summary>
    private static double? Best(string name, IReadOnlyList<ListedRun> runs)
    {
        double[] values = [.. runs.Select(r => r.Value(name)).OfType<double>().Where(double.IsFinite).Distinct()];
        return values.Length < 2 ? null : IsLowerBetter(name, runs) ? values.Min() : values.Max();
    }

    private static bool IsLowerBetter(string name, IReadOnlyList<ListedRun> runs)
    {
        string metric = name.Split('.', 2)[^1];
        return MetricName.Find(metric)?.Better == MonitorMode.Min || runs.Any(r => r.Manifest.MetricModes?.GetValueOrDefault(metric) == "min");
    }

    /// <summary>Returns the config keys whose values differ between runs, with each run's value.</summary>
    private static IEnumerable<(string Key, string?[] Values)> Settings(IReadOnlyList<JsonObject> configs)
    {
        JsonObject first = configs[0];
        IEnumerable<string> keys = configs.Skip(1).SelectMany(c => ConfigDifference.Between(first, c)).Select(d => d.Key).Distinct();
        return keys.Select(key => (key, configs.Select(c => ConfigDifference.ValueOf(c, key)).ToArray()));
    }

    private static IEnumerable<string> Names(IReadOnlyList<ListedRun> runs)
        => runs.SelectMany(r => (r.Val?.Keys ?? []).Select(k => $"val.{k}").Concat((r.Manifest.Test?.Keys ?? []).Select(k => $"test.{k}"))).Distinct();
}
