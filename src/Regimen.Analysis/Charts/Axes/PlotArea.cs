namespace Regimen.Charts;

/// <summary>The place of a chart's data between its title, its legend and its axes.</summary>
internal sealed class PlotArea
{
    private const double TitleSize = 13;
    private const double CharacterWidth = 0.58;

    private PlotArea(ChartRectangle inside, AxisScale x, AxisScale y) => (Inside, X, Y) = (inside, x, y);

    public ChartRectangle Inside { get; }

    public AxisScale X { get; }

    public AxisScale Y { get; }

    /// <summary>The width of a text, about: fonts differ.</summary>
    public static double TextWidth(string text, double size = 11) => text.Length * size * CharacterWidth;

    private static double Widest(IReadOnlyList<AxisTick> ticks)
    {
        double widest = 0;
        foreach (AxisTick tick in ticks)
        {
            widest = Math.Max(widest, TextWidth(tick.Label));
        }

        return widest;
    }

    /// <summary>The position of a point of the data.</summary>
    public ChartPoint At(double x, double y) => new(X.Map(x), Y.Map(y));

    /// <summary>Draws the title and returns the height that it takes.</summary>
    public static double DrawTitle(IChartCanvas canvas, Chart chart)
    {
        if (chart.Title.Length == 0)
        {
            return 6;
        }

        canvas.Text(4, 17, Markup.Shorten(chart.Title, (int)(chart.Width / (TitleSize * CharacterWidth))), new(ChartColor.Ink, TitleSize, IsBold: true));
        return 26;
    }

    /// <summary>Draws title, legend, grid and axes.</summary>
    /// <param name="canvas">The drawing.</param>
    /// <param name="chart">The chart.</param>
    /// <param name="xAxis">The horizontal axis.</param>
    /// <param name="yAxis">The vertical axis.</param>
    /// <param name="xValues">The values along x.</param>
    /// <param name="yValues">The values along y.</param>
    /// <param name="legend">The entries of the legend; empty for none.</param>
    /// <param name="categories">The names at x = 0, 1, 2 …; null or empty for the numbers of the axis.</param>
    public static PlotArea Draw(
        IChartCanvas canvas, Chart chart, ChartAxis xAxis, ChartAxis yAxis, IEnumerable<double> xValues, IEnumerable<double> yValues, IReadOnlyList<LegendEntry> legend,
        IReadOnlyList<string>? categories = null)
    {
        double top = DrawTitle(canvas, chart);
        top = Legend.Draw(canvas, legend, 4, top, chart.Width - 8);
        if (yAxis.Label.Length > 0)
        {
            canvas.Text(4, top + 11, yAxis.Label, new(ChartColor.Muted));
            top += 18;
        }

        top += 6;
        double bottom = chart.Height - (xAxis.Label.Length > 0 ? 38 : 22);
        AxisScale y = AxisScale.Of(yAxis, yValues, bottom, top, Math.Max(2, (int)((bottom - top) / 42)));
        double left = yAxis.IsHidden ? 46 : 12 + Widest(y.Ticks);
        double right = chart.Width - 14;
        AxisScale x = AxisScale.Of(xAxis, xValues, left, right, Math.Max(2, (int)((right - left) / 85)));
        foreach (AxisTick tick in yAxis.IsHidden ? [] : y.Ticks)
        {
            double at = y.Map(tick.Value);
            canvas.Line([new(left, at), new(right, at)], new(ChartColor.Grid));
            canvas.Text(left - 6, at + 4, tick.Label, new(ChartColor.Muted, Anchor: ChartAnchor.End));
        }

        double free = double.NegativeInfinity;
        IEnumerable<AxisTick> xTicks = categories is { Count: > 0 }
            ? categories.Select((c, i) => new AxisTick(i, Markup.Shorten(c, Math.Max(4, (int)((right - left) / categories.Count / 6.4)))))
            : x.Ticks;
        foreach (AxisTick tick in xTicks)
        {
            double at = x.Map(tick.Value);
            double half = TextWidth(tick.Label) / 2;
            double center = Math.Min(at, chart.Width - half - 1);
            canvas.Line([new(at, bottom), new(at, bottom + 4)], new(ChartColor.Muted));
            if (center - half >= free)
            {
                canvas.Text(center, bottom + 16, tick.Label, new(ChartColor.Muted, Anchor: ChartAnchor.Middle));
                free = center + half + 8;
            }
        }

        canvas.Line([new(left, bottom), new(right, bottom)], new(ChartColor.Muted));
        if (xAxis.Label.Length > 0)
        {
            canvas.Text((left + right) / 2, bottom + 32, xAxis.Label, new(ChartColor.Muted, Anchor: ChartAnchor.Middle));
        }

        return new(new(left, top, right - left, bottom - top), x, y);
    }
}
