using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Curves;
using Regimen.Listing;

namespace Regimen.App.Commands;

/// <summary>Formats groups of runs that differ in the seed alone: mean ± standard deviation.</summary>
internal static class GroupTable
{
    public static void Write(Page page, IReadOnlyList<SeedGroup> groups, IReadOnlyList<RunKey>? keys)
    {
        if (keys is not null)
        {
            TextTable.Write(
                page,
                [new("run"), new("seeds", IsNumber: true), .. keys.Select(k => new Column(k.Name, IsNumber: groups.Any(g => g.Value(k.Name) is not null)))],
                groups.Select(g => (Cell[])[g.First.ShortName, Count(g), .. keys.Select(k => new Cell(g.Value(k.Name) is { } mean ? Text(MetricOf(k.Name), mean) : RunTable.Text(k, k.Of(g.First))))]));
            return;
        }

        TextTable.Write(
            page,
            [new("run"), new("seeds", IsNumber: true), new("status"), new("val loss", IsNumber: true, LeftOut: 1), new("metric", LeftOut: 3), new("val", IsNumber: true), new("test", IsNumber: true, LeftOut: 2)],
            groups.Select(g => (Cell[])
            [
                g.First.ShortName,
                Count(g),
                string.Join(", ", g.Rows.CountBy(r => r.Status).Select(s => g.Rows.Count == s.Value ? s.Key : $"{s.Value} {s.Key}")),
                g.Value("val.loss") is { } loss ? Text("loss", loss) : DisplayText.None,
                g.First.MainMetric ?? DisplayText.None,
                Main(g, "val"),
                Main(g, "test"),
            ]));
    }

    public static JsonArray Document(IReadOnlyList<SeedGroup> groups) => new([.. groups.Select(g => new JsonObject
    {
        ["runs"] = new JsonArray([.. g.Rows.Select(r => JsonValue.Create(r.Name))]),
        ["seeds"] = new JsonArray([.. g.Seeds.Select(s => JsonValue.Create(s))]),
        ["statuses"] = new JsonArray([.. g.Rows.Select(r => JsonValue.Create(r.Status))]),
        ["model"] = g.First.Model,
        ["data"] = g.First.Data,
        ["values"] = new JsonObject(Names(g).Select(n => KeyValuePair.Create(n, (JsonNode?)Document(g.Value(n))))),
    })]);

    public static void WriteCsv(TextWriter output, IReadOnlyList<SeedGroup> groups)
    {
        string[] names = [.. groups.SelectMany(Names).Distinct()];
        output.WriteLine(RunCsv.Line(["run", "n", "seeds", .. names.SelectMany(n => (string[])[n, $"{n}.std"])]));
        foreach (SeedGroup group in groups)
        {
            output.WriteLine(RunCsv.Line([group.First.Name, $"{group.Rows.Count}", string.Join(' ', group.Seeds), .. names.SelectMany(n => group.Value(n) is { } mean ? [Number(mean.Mean), Number(mean.Deviation)] : (string[])["", ""])]));
        }
    }

    private static IEnumerable<string> Names(SeedGroup group) => group.Rows.SelectMany(r => r.Values.Keys).Distinct();

    private static JsonObject? Document(MeanPoint? mean) => mean is not { } value ? null : new JsonObject
    {
        ["mean"] = ProblemReport.Number(value.Mean),
        ["std"] = ProblemReport.Number(value.Deviation),
        ["sem"] = ProblemReport.Number(value.Error),
        ["n"] = value.Count,
    };

    private static string Count(SeedGroup group) => DisplayText.Count(group.Rows.Count);

    private static string Main(SeedGroup group, string split)
        => group.First.MainMetric is { } metric && group.Value($"{split}.{metric}") is { } mean ? Text(metric, mean) : DisplayText.None;

    private static string Text(string metric, MeanPoint mean)
        => mean.Count == 1 ? DisplayText.Metric(metric, mean.Mean) : $"{DisplayText.Metric(metric, mean.Mean)} ± {DisplayText.Metric(metric, mean.Deviation)}";

    private static string MetricOf(string key) => key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static string Number(double value) => double.IsNaN(value) ? string.Empty : value.ToString("R", CultureInfo.InvariantCulture);
}
