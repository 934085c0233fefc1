using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.WeightFiles;

namespace Regimen.App.Commands;

/// <summary>Formats the tensors of a weight file.</summary>
internal static class WeightText
{
    private const int LongestMetadata = 200;

    public static void Write(Page page, WeightFile file, WeightStatistics? statistics)
    {
        page.Heading(Printable(file.Path));
        string wrapper = file.Wrapper is null ? string.Empty : $", under '{Printable(file.Wrapper)}'";
        page.Line($"{file.Format}{wrapper}, {Count(file.Entries.Count)} tensors, {Count(file.Entries.Sum(e => e.Elements))} values, {Count(file.Length)} bytes");
        if (statistics?.Digest is { } digest)
        {
            page.Line($"digest {digest}");
        }

        foreach ((string key, string value) in file.Metadata)
        {
            page.Line($"{Printable(key)}  {Printable(value.Length > LongestMetadata ? $"{value[..LongestMetadata]}… ({Count(value.Length)} characters)" : value)}");
        }

        if (file.Others.Count > 0)
        {
            page.Line($"not tensors: {Printable(NamePattern.Listed(file.Others))}");
        }

        page.Line();
        TextTable.Write(page, Columns(statistics), file.Entries.Select(e => Row(e, statistics)));
        WriteFindings(page, file, statistics);
    }

    public static JsonObject Document(WeightFile file, WeightStatistics? statistics)
    {
        var document = new JsonObject
        {
            ["file"] = file.Path,
            ["format"] = file.Format,
            ["bytes"] = file.Length,
            ["wrapper"] = file.Wrapper,
            ["metadata"] = new JsonObject(file.Metadata.Select(m => KeyValuePair.Create<string, JsonNode?>(m.Key, m.Value))),
            ["others"] = new JsonArray([.. file.Others.Select(o => JsonValue.Create(o))]),
            ["tensors"] = new JsonArray([.. file.Entries.Select(e => Document(e, statistics?.ByName.GetValueOrDefault(e.Name)))]),
            ["elements"] = file.Entries.Sum(e => e.Elements),
        };
        if (statistics is not null)
        {
            document["digest"] = statistics.Digest;
        }

        return document;
    }

    private static JsonObject Document(WeightEntry entry, TensorStatistics? statistics)
    {
        var json = new JsonObject
        {
            ["name"] = entry.Name,
            ["type"] = entry.Type,
            ["shape"] = new JsonArray([.. entry.Shape.Select(d => JsonValue.Create(d))]),
            ["elements"] = entry.Elements,
            ["bytes"] = entry.Bytes,
        };
        if (statistics is { } values)
        {
            json["min"] = ProblemReport.Number(values.Min);
            json["mean"] = ProblemReport.Number(values.Mean);
            json["max"] = ProblemReport.Number(values.Max);
            json["norm"] = ProblemReport.Number(values.Norm);
            json["nan"] = values.NotANumber;
            json["infinite"] = values.Infinite;
            json["zeros"] = values.Zeros;
        }

        return json;
    }

    private static Column[] Columns(WeightStatistics? statistics)
    {
        Column[] header = [new("tensor"), new("type"), new("shape")];
        return statistics is null
            ? [.. header, new("values", IsNumber: true)]
            : [.. header, new("min", IsNumber: true), new("mean", IsNumber: true), new("max", IsNumber: true), new("norm", IsNumber: true, LeftOut: 2), new("NaN", IsNumber: true, LeftOut: 1)];
    }

    private static Cell[] Row(WeightEntry entry, WeightStatistics? statistics)
    {
        Cell[] header = [Printable(entry.Name), entry.Type, $"[{string.Join(", ", entry.Shape)}]"];
        if (statistics is null)
        {
            return [.. header, Count(entry.Elements)];
        }

        TensorStatistics? values = statistics.ByName.GetValueOrDefault(entry.Name);
        return [.. header, Number(values?.Min), Number(values?.Mean), Number(values?.Max), Number(values?.Norm), values is null ? "?" : values.NotANumber == 0 ? "0" : Count(values.NotANumber)];
    }

    private static void WriteFindings(Page page, WeightFile file, WeightStatistics? statistics)
    {
        string[] broken = [.. (statistics?.ByName ?? new Dictionary<string, TensorStatistics>()).Where(s => s.Value.NotANumber + s.Value.Infinite > 0).Select(s => s.Key).Order(StringComparer.Ordinal)];
        string[] unread = [.. file.Entries.Where(e => !e.IsReadable).Select(e => e.Type).Distinct()];
        if (broken.Length > 0)
        {
            page.Line();
            page.Line($"{(broken.Length == 1 ? "1 tensor has" : $"{broken.Length} tensors have")} values that are not finite: {Printable(NamePattern.Listed(broken))}");
        }

        if (unread.Length > 0 && statistics is not null)
        {
            page.Line();
            page.Line($"Values of the type {string.Join(" and ", unread)} are not read.");
        }
    }

    private static string Number(double? value) => value is { } number ? number.ToString("0.####", CultureInfo.InvariantCulture) is { Length: <= 9 } plain && (number == 0 || Math.Abs(number) >= 1e-3)
        ? plain
        : number.ToString("0.00e0", CultureInfo.InvariantCulture) : "?";

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Returns text of a file with control characters replaced: it must not move the cursor of a terminal.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
