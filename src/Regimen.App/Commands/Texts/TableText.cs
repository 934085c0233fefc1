using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Data;

namespace Regimen.App.Commands;

/// <summary>Formats the summary of a table's columns, as JSON and as text.</summary>
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

    public static void Write(Page page, TableSummary table)
    {
        page.Line();
        page.Line(string.Create(CultureInfo.InvariantCulture, $"{table.Path}: {table.Rows:#,0} rows"));
        TextTable.Write(
            page,
            [
                new("column"), new("role"), new("kind"), new("missing", IsNumber: true), new("min", IsNumber: true), new("max", IsNumber: true),
                new("mean", IsNumber: true), new("std", IsNumber: true), new("histogram or words"),
            ],
            table.Columns.Select(c => new Cell[]
            {
                c.Name, c.Role, c.Kind, DisplayText.Count(c.Missing), Number(c, n => n.Min), Number(c, n => n.Max), Number(c, n => n.Mean), Number(c, n => n.Std), Content(c),
            }));
    }

    private static string Number(TableColumnSummary column, Func<ValueRange, double> value) => column.Numbers is { } numbers ? DisplayText.Value(value(numbers)) : string.Empty;

    private static string Content(TableColumnSummary column)
    {
        if (column.Numbers is not null)
        {
            return Bars(column.Bins);
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
