using Spectre.Console;

namespace Regimen.App.Screen;

/// <summary>A column of a table.</summary>
/// <param name="Heading">The column's name.</param>
/// <param name="IsNumber">Whether it is right-aligned.</param>
/// <param name="LeftOut">The order in which columns are left out on a terminal that is too narrow, the highest number first; 0: never.</param>
internal readonly record struct Column(string Heading, bool IsNumber = false, int LeftOut = 0);

/// <summary>A cell of a table.</summary>
/// <param name="Text">The text of the cell.</param>
/// <param name="Style">The style on a terminal; null for the default.</param>
internal readonly record struct Cell(string Text, Style? Style = null)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Writes tables of text. On a terminal that is too narrow it leaves out optional columns and names them; required columns that do not
/// fit are shown in several parts below each other. No row is wrapped.</summary>
internal static class TextTable
{
    private const int Gap = 2;

    /// <param name="page">The page to write to.</param>
    /// <param name="columns">The columns; the first one names the rows.</param>
    /// <param name="rows">The rows, with a cell for each column.</param>
    public static void Write(Page page, IReadOnlyList<Column> columns, IEnumerable<Cell[]> rows)
    {
        Cell[][] all = [.. rows];
        int[] widths = [.. columns.Select((column, i) => all.Select(r => r[i].Text.Length).Append(column.Heading.Length).Max())];
        int room = page.Width - 1 ?? int.MaxValue;
        List<int> shown = [.. Enumerable.Range(0, columns.Count)];
        var missing = new List<string>();
        while (Total(shown, widths) > room && shown.Where(i => columns[i].LeftOut > 0).ToArray() is { Length: > 0 } optional)
        {
            int least = optional.MaxBy(i => columns[i].LeftOut);
            missing.Insert(0, columns[least].Heading);
            shown.Remove(least);
        }

        bool isFirst = true;
        foreach (int[] part in Parts(shown, widths, room))
        {
            if (!isFirst)
            {
                page.Line();
            }

            isFirst = false;
            WriteRow(page, part, widths, columns, [.. columns.Select(c => new Cell(c.Heading, Page.LabelStyle))]);
            foreach (Cell[] row in all)
            {
                WriteRow(page, part, widths, columns, row);
            }
        }

        if (missing.Count > 0)
        {
            page.Line($"Columns that do not fit: {string.Join(", ", missing)}.", int.MaxValue, Page.LabelStyle);
        }
    }

    private static int Total(List<int> shown, int[] widths) => shown.Sum(i => widths[i]) + (Gap * (shown.Count - 1));

    /// <summary>Divides columns into parts that fit on the page; each part begins with the first column.</summary>
    private static IEnumerable<int[]> Parts(List<int> shown, int[] widths, int room)
    {
        var part = new List<int> { shown[0] };
        foreach (int column in shown.Skip(1))
        {
            if (part.Count > 1 && Total([.. part, column], widths) > room)
            {
                yield return [.. part];
                part = [shown[0]];
            }

            part.Add(column);
        }

        yield return [.. part];
    }

    private static void WriteRow(Page page, int[] part, int[] widths, IReadOnlyList<Column> columns, Cell[] row)
    {
        var line = new List<Cell>();
        foreach (int i in part)
        {
            bool isLast = i == part[^1];
            string text = columns[i].IsNumber ? row[i].Text.PadLeft(widths[i]) : isLast ? row[i].Text : row[i].Text.PadRight(widths[i]);
            line.Add(row[i] with { Text = isLast ? text : text + new string(' ', Gap) });
        }

        page.Cells(line);
    }
}
