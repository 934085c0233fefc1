using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Data;

namespace Regimen.App.Commands;

/// <summary>A table's columns as JSON and in words.</summary>
internal static class TableText
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const int ShownWords = 4;

    public static JsonObject Document(TableSummary table) => new()
    {
        ["path"] = table.Path,
        ["rows"] = table.Rows,
        ["columns"] = new JsonArray([.. table.Columns.Select(c => new JsonObject
        {
            ["column"] = c.Name,
            ["role"] = c.Role,
            ["kind"] = c.Kind,
            ["missing"] = c.Missing,
            ["min"] = ProblemReport.Number(c.Numbers?.Min),
            ["max"] = ProblemReport.Number(c.Numbers?.Max),
            ["mean"] = ProblemReport.Number(c.Numbers?.Mean),
            ["std"] = ProblemReport.Number(c.Numbers?.Std),
            ["words"] = new JsonArray([.. c.Words.Select(w => JsonValue.Create(w))]),
            ["different_words"] = c.DifferentWords,
            ["histogram"] = new JsonArray([.. c.Bins.Select(b => JsonValue.Create(b))]),
        })]),
    };

    public static void Write(TextWriter output, TableSummary table)
    {
        int width = Math.Max(6, table.Columns.Max(c => c.Name.Length)) + 2;
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table.Path}: {table.Rows:#,0} rows"));
        output.WriteLine($"{"column".PadRight(width)}{"role",-10}{"kind",-13}{"missing",8}  {"min",11} {"max",11} {"mean",11} {"std",11}  histogram");
        foreach (TableColumnSummary column in table.Columns)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{column.Name.PadRight(width)}{column.Role,-10}{column.Kind,-13}{column.Missing,8:#,0}  {Values(column)}"));
        }
    }

    private static string Values(TableColumnSummary column)
    {
        if (column.Numbers is { } range)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{range.Min,11:0.####} {range.Max,11:0.####} {range.Mean,11:0.####} {range.Std,11:0.####}  {Bars(column.Bins)}");
        }

        string words = string.Join(", ", column.Words.Zip(column.Bins).Take(ShownWords).Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.First} {w.Second:#,0}")));
        return column.DifferentWords > ShownWords ? string.Create(CultureInfo.InvariantCulture, $"{words}, {column.DifferentWords - ShownWords:#,0} more") : words;
    }

    private static string Bars(IReadOnlyList<long> bins)
    {
        long most = Math.Max(1, bins.Max());
        return string.Concat(bins.Select(b => Blocks[(int)(b * (Blocks.Length - 1) / most)]));
    }
}
