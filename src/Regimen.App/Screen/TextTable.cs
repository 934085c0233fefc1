namespace Regimen.App.Screen;

/// <summary>A table of plain text, as wide as it needs to be.</summary>
internal static class TextTable
{
    /// <param name="output">Where it is written.</param>
    /// <param name="heading">What stands above each column.</param>
    /// <param name="rows">Cells, as many a row as the heading has.</param>
    /// <param name="rightAlignedFrom">The first column that holds numbers; columns before it hold words.</param>
    public static void Write(TextWriter output, IReadOnlyList<string> heading, IEnumerable<string[]> rows, int rightAlignedFrom = int.MaxValue)
    {
        string[][] all = [[.. heading], .. rows];
        int[] widths = [.. heading.Select((_, column) => all.Max(r => r[column].Length))];
        foreach (string[] row in all)
        {
            IEnumerable<string> cells = row.Select((cell, column) => column < rightAlignedFrom ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
