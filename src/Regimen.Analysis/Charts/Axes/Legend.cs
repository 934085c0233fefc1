namespace Regimen.Charts;

/// <summary>An entry of a legend.</summary>
internal sealed record LegendEntry(string Name, ChartColor Color, bool IsDashed = false);

/// <summary>The names of series beside their colours, in as many rows as they need.</summary>
internal static class Legend
{
    private const int Most = 24;
    private const int LongestName = 48;
    private const double RowHeight = 17;

    /// <summary>Draws a legend and returns the position below it.</summary>
    public static double Draw(IChartCanvas canvas, IReadOnlyList<LegendEntry> entries, double left, double top, double width)
    {
        if (entries.Count == 0)
        {
            return top;
        }

        double x = left;
        double y = top + 11;
        foreach (LegendEntry entry in entries.Take(Most))
        {
            string name = Markup.Shorten(entry.Name, LongestName);
            double taken = 22 + PlotArea.TextWidth(name) + 14;
            if (x > left && x + taken > left + width)
            {
                (x, y) = (left, y + RowHeight);
            }

            canvas.Line([new(x, y - 4), new(x + 16, y - 4)], new(entry.Color, 3, IsDashed: entry.IsDashed));
            canvas.Text(x + 22, y, name, new(ChartColor.Ink));
            x += taken;
        }

        if (entries.Count > Most)
        {
            canvas.Text(x, y, $"and {entries.Count - Most} more", new(ChartColor.Muted));
        }

        return y + 6;
    }
}
