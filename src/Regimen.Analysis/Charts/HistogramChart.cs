namespace Regimen.Charts;

/// <summary>How many values lie in each interval.</summary>
internal sealed record HistogramChart : Chart
{
    /// <summary>The horizontal axis.</summary>
    public ChartAxis X { get; init; } = new() { IsTight = true };

    /// <summary>The vertical axis.</summary>
    public ChartAxis Y { get; init; } = new() { IsWhole = true, Min = 0 };

    /// <summary>The limits of the bins, rising: one more than there are bins.</summary>
    public IReadOnlyList<double> Edges { get; init; } = [];

    /// <summary>The number of values in each bin.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];

    /// <summary>Whether a line stands at x = 0, as for errors.</summary>
    public bool HasZeroLine { get; init; }

    public override void Draw(IChartCanvas canvas)
    {
        PlotArea area = PlotArea.Draw(canvas, this, X, Y, Edges, [0.0, .. Counts.Select(c => (double)c)], []);
        double zero = area.Y.Map(area.Y.Low);
        for (int i = 0; i < Counts.Count && i + 1 < Edges.Count; i++)
        {
            double left = area.X.Map(Edges[i]);
            double right = area.X.Map(Edges[i + 1]);
            double top = area.Y.Map(Counts[i]);
            if (Counts[i] > 0 && double.IsFinite(left) && double.IsFinite(right))
            {
                double gap = right - left > 4 ? 1 : 0;
                canvas.Rectangles([new(left, Math.Min(top, zero - 1), Math.Max(0.5, right - left - gap), Math.Max(1, zero - top))], ChartColor.Series[0], 0.85,
                    $"{AxisTicks.Label(Edges[i])} to {AxisTicks.Label(Edges[i + 1])}: {Counts[i].ToString("#,0", System.Globalization.CultureInfo.InvariantCulture)}");
            }
        }

        double at = area.X.Map(0);
        if (HasZeroLine && at >= area.Inside.X && at <= area.Inside.Right)
        {
            canvas.Line([new(at, area.Inside.Y), new(at, area.Inside.Bottom)], new(ChartColor.Ink, 1, IsDashed: true));
        }
    }
}
