using System.Globalization;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Applies <c>data.missing</c> to the rows of a table that have missing values.</summary>
/// <param name="options">The options.</param>
/// <param name="notes">Receives what was dropped or filled in.</param>
internal sealed class MissingRows(TableOptions options, List<string> notes)
{
    /// <summary>Returns the rows that are kept, and notes those that are dropped or filled in.</summary>
    /// <exception cref="RequestException">No row is kept.</exception>
    public int[] Kept(Table table)
    {
        ILookup<MissingPolicy, TableColumn> holed = table.Columns.Where(c => c.Missing > 0).ToLookup(c => ColumnSettings.Of(options, c.Name).Missing);
        int[] rows = [.. Enumerable.Range(0, table.Rows)];
        TableColumn[] dropping = [.. holed[MissingPolicy.DropRow]];
        if (dropping.Length > 0)
        {
            rows = [.. rows.Where(row => !dropping.Any(c => c.IsMissing(row)))];
            NoteDropped(table, rows, dropping);
        }

        NoteFilled(table, MissingPolicy.Mean, [.. holed[MissingPolicy.Mean]]);
        NoteFilled(table, MissingPolicy.Median, [.. holed[MissingPolicy.Median]]);
        return rows.Length > 0 ? rows : throw new RequestException(new Problem("Every row has a missing value")
        {
            Where = table.Path,
            Expected = "at least one row without missing values",
            Hint = "Set data.missing=mean or median, or drop the column with data.drop.",
        });
    }

    private void NoteDropped(Table table, int[] kept, TableColumn[] holed)
    {
        if (kept.Length == table.Rows)
        {
            return;
        }

        notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{table.Path}: {table.Rows - kept.Length} of {table.Rows} rows dropped because of missing values ({Missing(holed)})"));
        if (options.Target is [var target] && table[target] is { Kind: TableColumnKind.Categorical } classes)
        {
            HashSet<int> left = [.. kept.Select(classes.Code)];
            string[] lost = [.. classes.Words.Where((_, code) => !left.Contains(code))];
            if (lost.Length > 0)
            {
                notes.Add($"{table.Path}: no rows remain of the {(lost.Length == 1 ? "class" : "classes")} {string.Join(", ", lost.Take(10))}{(lost.Length > 10 ? ", …" : string.Empty)}");
            }
        }
    }

    private void NoteFilled(Table table, MissingPolicy policy, TableColumn[] holed)
    {
        TableColumn[] filled = [.. holed.Where(c => !options.Target.Contains(c.Name) && c.Name != options.Group)];
        if (filled.Length > 0)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{table.Path}: {filled.Sum(c => (long)c.Missing)} missing values filled in by data.missing={policy.ToString().ToLowerInvariant()} ({Missing(filled)})"));
        }
    }

    private static string Missing(TableColumn[] columns) => string.Join(", ", columns.Take(10).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Missing}")))
        + (columns.Length > 10 ? ", …" : string.Empty);
}
