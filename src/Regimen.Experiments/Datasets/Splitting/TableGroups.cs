namespace Regimen.Datasets;

/// <summary>The groups of a table's rows: equal values of a column.</summary>
internal static class TableGroups
{
    /// <summary>Returns the number of each row's group.</summary>
    /// <param name="table">The table.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="name">The name of the column.</param>
    /// <exception cref="RequestException">A row has no value.</exception>
    public static int[] Of(Table table, int[] rows, string name)
    {
        TableColumn column = table[name];
        return GroupCodes.Of([.. rows.Select(row => column.Word(row) ?? throw new RequestException(new Problem("A row has no group")
        {
            Where = table.Place(row, name),
            Expected = "a value in every row of the column data.group",
            Hint = "Set data.missing=drop_row to drop such rows.",
        }))]);
    }
}
