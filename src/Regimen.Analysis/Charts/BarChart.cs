namespace Regimen.Charts;

/// <summary>A bar.</summary>
/// <param name="Label">Its label.</param>
/// <param name="Value">Its length; NaN is shown as missing.</param>
/// <param name="Text">The text behind it; null for its value.</param>
/// <param name="Error">The half length of the error bar; null for none.</param>
internal sealed record Bar(string Label, double Value, string? Text = null, double? Error = null);

/// <summary>Horizontal bars from zero, one below the other.</summary>
internal sealed record BarChart : Chart
{
    private const double RowHeight = 22;
    private const int LongestLabel = 40;

    /// <summary>The bars, from the top.</summary>
    public IReadOnlyList<Bar> Bars { get; init; } = [];

    /// <summary>Whether values are fractions, shown in percent, on an axis from 0 to the largest.</summary>
    public bool IsFraction { get; init; }

    /// <summary>The value at the right end; null for the largest of the bars.</summary>
    public double? Max { get; init; }

    /// <summary>As many rows as there are bars.</summary>
    public override double Height => (Title.Length == 0 ? 6 : 26) + (Bars.Count * RowHeight) + 6;

    public override void Draw(IChartCanvas canvas)
    {
        double top = PlotArea.DrawTitle(canvas, this);
        double[] values = [.. Bars.SelectMany(b => new[] { b.Value, b.Value + (b.Error ?? 0), b.Value - (b.Error ?? 0) }).Where(double.IsFinite)];
        double low = Math.Min(0, values.DefaultIfEmpty(0).Min());
        double high = Max ?? Math.Max(0, values.DefaultIfEmpty(0).Max());
        string[] texts = [.. Bars.Select(b => b.Text ?? (double.IsNaN(b.Value) ? "–" : IsFraction ? (b.Value * 100).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) + " %" : AxisTicks.Label(b.Value)))];
        double left = Math.Min(Width * 0.45, 16 + Bars.Select(b => PlotArea.TextWidth(Markup.Shorten(b.Label, LongestLabel))).DefaultIfEmpty(0).Max());
        double right = Width - 12 - texts.Select(t => PlotArea.TextWidth(t)).DefaultIfEmpty(0).Max();
        double Map(double value) => left + ((right - left) * (high > low ? (value - low) / (high - low) : 0));
        for (int i = 0; i < Bars.Count; i++)
        {
            double y = top + (i * RowHeight);
            canvas.Text(left - 8, y + 15, Markup.Shorten(Bars[i].Label, LongestLabel), new(ChartColor.Ink, Anchor: ChartAnchor.End));
            double end = Map(0);
            if (double.IsFinite(Bars[i].Value))
            {
                double value = Math.Clamp(Bars[i].Value, low, high);
                (double from, double to) = (Map(Math.Min(0, value)), Map(Math.Max(0, value)));
                canvas.Rectangles([new(from, y + 4, Math.Max(1, to - from), RowHeight - 8)], ChartColor.Series[0], 0.9);
                end = to;
                if (Bars[i].Error is { } error && double.IsFinite(error))
                {
                    end = Math.Max(end, Map(Math.Min(high, value + error)));
                    canvas.Line([new(Map(Math.Max(low, value - error)), y + (RowHeight / 2)), new(end, y + (RowHeight / 2))], new(ChartColor.Ink, 1.5));
                }
            }

            canvas.Text(end + 6, y + 15, texts[i], new(ChartColor.Muted));
        }

        canvas.Line([new(Map(0), top), new(Map(0), top + (Bars.Count * RowHeight))], new(ChartColor.Muted));
    }
}
