namespace Regimen.Charts;

/// <summary>A point of a scatter chart.</summary>
/// <param name="X">Its position along x.</param>
/// <param name="Y">Its position along y.</param>
/// <param name="Tip">The text shown when it is pointed at; null for none.</param>
internal sealed record ScatterPoint(double X, double Y, string? Tip = null);

/// <summary>The points of one colour.</summary>
/// <param name="Name">Their name in the legend.</param>
/// <param name="Points">The points; those that are not finite are left out.</param>
internal sealed record ScatterSeries(string Name, IReadOnlyList<ScatterPoint> Points);

/// <summary>Points by two values, or by a category and a value.</summary>
internal sealed record ScatterChart : Chart
{
    /// <summary>The horizontal axis.</summary>
    public ChartAxis X { get; init; } = new();

    /// <summary>The vertical axis.</summary>
    public ChartAxis Y { get; init; } = new();

    /// <summary>The names at x = 0, 1, 2 … instead of numbers; empty for numbers.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The points.</summary>
    public IReadOnlyList<ScatterSeries> Series { get; init; } = [];

    /// <summary>Whether the line y = x is drawn, and both axes have the same range.</summary>
    public bool HasDiagonal { get; init; }

    public override void Draw(IChartCanvas canvas)
    {
        IEnumerable<ScatterPoint> points = Series.SelectMany(s => s.Points);
        double[] xs = [.. points.Select(p => p.X)];
        double[] ys = [.. points.Select(p => p.Y)];
        LegendEntry[] legend = Series.Count > 1 ? [.. Series.Select((s, i) => new LegendEntry(s.Name, ChartColor.OfSeries(i)))] : [];
        ChartAxis x = Categories.Count == 0 ? X : X with { Min = -0.5, Max = Categories.Count - 0.5, IsLog = false };
        PlotArea area = PlotArea.Draw(canvas, this, x, Y, HasDiagonal ? [.. xs, .. ys] : xs, HasDiagonal ? [.. xs, .. ys] : ys, legend, Categories);
        canvas.BeginClip(new(area.Inside.X - 4, area.Inside.Y - 4, area.Inside.Width + 8, area.Inside.Height + 8));
        if (HasDiagonal)
        {
            double low = Math.Max(area.X.Low, area.Y.Low);
            double high = Math.Min(area.X.High, area.Y.High);
            canvas.Line([area.At(low, low), area.At(high, high)], new(ChartColor.Muted, IsDashed: true));
        }

        double opacity = xs.Length > 300 ? 0.45 : 0.8;
        for (int i = 0; i < Series.Count; i++)
        {
            foreach (ScatterPoint point in Series[i].Points)
            {
                canvas.Disc(area.At(point.X, point.Y), xs.Length > 300 ? 2.2 : 3.5, ChartColor.OfSeries(i), opacity, point.Tip);
            }
        }

        canvas.EndClip();
    }
}
