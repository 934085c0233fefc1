using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Configuration;

namespace Regimen.App.Commands;

/// <summary>Runs side by side: the keys in which their configs differ, and their final values.</summary>
internal static class RunComparison
{
    public static JsonObject Document(IReadOnlyList<ListedRun> runs, IReadOnlyList<JsonObject> configs) => new()
    {
        ["runs"] = new JsonArray([.. runs.Select(r => JsonValue.Create(r.Folder.FullPath))]),
        ["config"] = new JsonObject(Settings(configs).Select(s => KeyValuePair.Create(s.Key, (JsonNode?)new JsonArray([.. s.Values.Select(v => v is null ? null : JsonNode.Parse(v))])))),
        ["values"] = new JsonObject(Names(runs).Select(n => KeyValuePair.Create(n, (JsonNode?)new JsonArray([.. runs.Select(r => ProblemReport.Number(r.Value(n)))])))),
    };

    public static void Write(TextWriter output, IReadOnlyList<ListedRun> runs, IReadOnlyList<JsonObject> configs)
    {
        string[] names = [.. runs.Select(r => r.Folder.Name)];
        string[][] settings = [.. Settings(configs).Select(s => (string[])[s.Key, .. s.Values.Select(v => v ?? "-")])];
        TextTable.Write(output, ["config", .. names], settings.Length > 0 ? settings : [["the same", .. names.Select(_ => string.Empty)]]);
        output.WriteLine();
        TextTable.Write(
            output,
            ["value", .. names],
            [
                ["status", .. runs.Select(r => r.Status)],
                .. Names(runs).Select(n => (string[])[n, .. runs.Select(r => r.Value(n)?.ToString("0.######", CultureInfo.InvariantCulture) ?? "-")]),
                ["weights digest", .. runs.Select(r => r.Manifest.WeightsDigest?[..12] ?? "-")],
            ]);
    }

    /// <summary>Keys that not every run has the same value of, with the value in each.</summary>
    private static IEnumerable<(string Key, string?[] Values)> Settings(IReadOnlyList<JsonObject> configs)
    {
        JsonObject first = configs[0];
        IEnumerable<string> keys = configs.Skip(1).SelectMany(c => ConfigDifference.Between(first, c)).Select(d => d.Key).Distinct();
        return keys.Select(key => (key, configs.Select(c => ConfigDifference.ValueOf(c, key)).ToArray()));
    }

    private static IEnumerable<string> Names(IReadOnlyList<ListedRun> runs)
        => runs.SelectMany(r => (r.Manifest.Val?.Keys ?? []).Select(k => $"val.{k}").Concat((r.Manifest.Test?.Keys ?? []).Select(k => $"test.{k}"))).Distinct();
}
