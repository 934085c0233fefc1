using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Summarises the columns of a table.</summary>
internal static class TableDescription
{
    private const int Steps = 10;

    public static TableSummary Of(Table table, TableOptions options) => new(
        table.Path, table.Rows, [.. table.Columns.Select(c => Of(table, c, options.Target.Contains(c.Name) ? "target" : c.Name == options.Group ? "group" : "feature"))]);

    private static TableColumnSummary Of(Table table, TableColumn column, string role)
        => column.Kind is TableColumnKind.Numeric or TableColumnKind.Date ? Numbers(table, column, role) : Words(table, column, role);

    private static TableColumnSummary Numbers(Table table, TableColumn column, string role)
    {
        RunningStatistics moments = default;
        for (int row = 0; row < table.Rows; row++)
        {
            double number = column.Number(row);
            if (!double.IsNaN(number))
            {
                moments.Add(number);
            }
        }

        var bins = new long[Steps];
        double width = (moments.Max - moments.Min) / Steps;
        for (int row = 0; row < table.Rows; row++)
        {
            double number = column.Number(row);
            if (!double.IsNaN(number))
            {
                bins[width > 0 ? Math.Min(Steps - 1, (int)((number - moments.Min) / width)) : 0]++;
            }
        }

        return new(column.Name, role, column.Kind == TableColumnKind.Date ? "date" : "numeric", column.Missing, ValueRange.Of(moments), bins, [], 0);
    }

    private static TableColumnSummary Words(Table table, TableColumn column, string role)
    {
        var rows = new int[column.Words.Count];
        for (int row = 0; row < table.Rows; row++)
        {
            if (column.Code(row) is >= 0 and int code)
            {
                rows[code]++;
            }
        }

        (string Word, int Count)[] counts = [.. column.Words.Zip(rows).OrderByDescending(c => c.Second).ThenBy(c => c.First, StringComparer.Ordinal)];
        return new(
            column.Name, role, "categorical", column.Missing, null, [.. counts.Take(Steps).Select(c => (long)c.Count)], [.. counts.Take(Steps).Select(c => c.Word)], counts.Length);
    }
}
