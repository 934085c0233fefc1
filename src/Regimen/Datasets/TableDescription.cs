using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Describes a table's columns for people.</summary>
internal static class TableDescription
{
    private const int Steps = 10;

    public static TableSummary Of(Table table, Csv.Options options) => new(
        table.Path, table.Rows, [.. table.Columns.Select(c => Of(table, c, options.Target.Contains(c.Name) ? "target" : "feature"))]);

    private static TableColumnSummary Of(Table table, TableColumn column, string role)
        => column.Kind == TableColumnKind.Numeric ? Numbers(table, column, role) : Words(table, column, role);

    private static TableColumnSummary Numbers(Table table, TableColumn column, string role)
    {
        double[] numbers = [.. Enumerable.Range(0, table.Rows).Select(column.Number).Where(n => !double.IsNaN(n))];
        Moments moments = default;
        foreach (double number in numbers)
        {
            moments.Add(number);
        }

        var bins = new long[Steps];
        double width = (moments.Max - moments.Min) / Steps;
        foreach (double number in numbers)
        {
            bins[width > 0 ? Math.Min(Steps - 1, (int)((number - moments.Min) / width)) : 0]++;
        }

        return new(column.Name, role, "numeric", column.Missing, ValueRange.Of(moments), bins, [], 0);
    }

    private static TableColumnSummary Words(Table table, TableColumn column, string role)
    {
        (string Word, int Count)[] counts =
        [
            .. Enumerable.Range(0, table.Rows).Select(column.Word).OfType<string>().CountBy(w => w)
                .OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value)),
        ];
        return new(
            column.Name, role, "categorical", column.Missing, null, [.. counts.Take(Steps).Select(c => (long)c.Count)], [.. counts.Take(Steps).Select(c => c.Word)], counts.Length);
    }
}
