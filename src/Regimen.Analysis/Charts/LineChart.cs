namespace Regimen.Charts;

/// <summary>A series of a line chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">The positions, not falling.</param>
/// <param name="Y">The values, as many; NaN is a gap.</param>
internal sealed record LineSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>The deviation at each position, drawn as a band on both sides of the line; null for none.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>The number of its colour, from 0; null for its place among the series. After <see cref="ChartColor.SeriesCount"/> colours they begin
    /// again, dashed.</summary>
    public int? ColorNumber { get; init; }

    /// <summary>Whether it is a background to other series: thin and pale, and without a place in the legend.</summary>
    public bool IsFaint { get; init; }

    /// <summary>Whether it is dashed.</summary>
    public bool IsDashed { get; init; }
}

/// <summary>Values over a position: several lines with a legend.</summary>
internal sealed record LineChart : Chart
{
    private const int MostMarkers = 30;

    /// <summary>The horizontal axis; by default as long as its data.</summary>
    public ChartAxis X { get; init; } = new() { IsTight = true };

    /// <summary>The vertical axis.</summary>
    public ChartAxis Y { get; init; } = new();

    /// <summary>The series, drawn in their order.</summary>
    public IReadOnlyList<LineSeries> Series { get; init; } = [];

    public override void Draw(IChartCanvas canvas)
    {
        var legend = new List<LegendEntry>();
        var xs = new List<double>();
        var ys = new List<double>();
        for (int i = 0; i < Series.Count; i++)
        {
            LineSeries series = Series[i];
            int number = series.ColorNumber ?? i;
            xs.AddRange(series.X);
            AddExtent(series, ys);
            if (!series.IsFaint)
            {
                legend.Add(new(series.Name, ChartColor.OfSeries(number), IsDashed(series, number)));
            }
        }

        PlotArea area = PlotArea.Draw(canvas, this, X, Y, xs, ys, legend.Count > 1 ? legend : []);
        canvas.BeginClip(new(area.Inside.X - 3, area.Inside.Y - 3, area.Inside.Width + 6, area.Inside.Height + 6));
        for (int i = 0; i < Series.Count; i++)
        {
            DrawBand(canvas, area, Series[i], ChartColor.OfSeries(Series[i].ColorNumber ?? i));
        }

        for (int i = 0; i < Series.Count; i++)
        {
            DrawLine(canvas, area, Series[i], Series[i].ColorNumber ?? i);
        }

        canvas.EndClip();
    }

    private static bool IsDashed(LineSeries series, int number) => series.IsDashed || number / ChartColor.SeriesCount % 2 == 1;

    private static void AddExtent(LineSeries series, List<double> values)
    {
        int count = Math.Min(series.X.Count, series.Y.Count);
        for (int i = 0; i < count; i++)
        {
            values.Add(series.Y[i]);
            if (series.Deviation?[i] is { } deviation && double.IsFinite(deviation))
            {
                values.Add(series.Y[i] - deviation);
                values.Add(series.Y[i] + deviation);
            }
        }
    }

    private static void DrawLine(IChartCanvas canvas, PlotArea area, LineSeries series, int number)
    {
        var points = new ChartPoint[Math.Min(series.X.Count, series.Y.Count)];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = area.At(series.X[i], series.Y[i]);
        }

        ChartColor color = ChartColor.OfSeries(number);
        canvas.Line(points, series.IsFaint ? new(color, 1, 0.3) : new(color, 1.8, IsDashed: IsDashed(series, number)));
        if (series.IsFaint || points.Length > MostMarkers)
        {
            return;
        }

        for (int i = 0; i < points.Length; i++)
        {
            canvas.Disc(points[i], 2.8, color, tip: $"{series.Name}: {AxisTicks.Label(series.Y[i])} at {AxisTicks.Label(series.X[i])}");
        }
    }

    private static void DrawBand(IChartCanvas canvas, PlotArea area, LineSeries series, ChartColor color)
    {
        if (series.Deviation is not { } deviations)
        {
            return;
        }

        int count = Math.Min(series.X.Count, Math.Min(series.Y.Count, deviations.Count));
        var upper = new List<ChartPoint>();
        var lower = new List<ChartPoint>();
        for (int i = 0; i <= count; i++)
        {
            ChartPoint high = i < count ? area.At(series.X[i], series.Y[i] + deviations[i]) : new(double.NaN, double.NaN);
            if (high.IsGap)
            {
                lower.Reverse();
                canvas.Area([.. upper, .. lower], color, 0.18);
                upper.Clear();
                lower.Clear();
                continue;
            }

            // Below zero a logarithmic axis has no position: the band then ends at the axis.
            ChartPoint low = area.At(series.X[i], series.Y[i] - deviations[i]);
            upper.Add(high);
            lower.Add(low.IsGap ? high with { Y = area.Inside.Bottom } : low);
        }
    }
}
