namespace Regimen.Charts;

/// <summary>An axis of a parallel-coordinates chart.</summary>
/// <param name="Label">Its label.</param>
internal sealed record ParallelAxis(string Label)
{
    /// <summary>The categories, from the bottom; empty for numbers. A line's value is then the number of its category, from 0.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>How numbers are shown.</summary>
    public ChartAxis Scale { get; init; } = new();
}

/// <summary>A line of a parallel-coordinates chart.</summary>
/// <param name="Values">Its value on each axis; NaN is a gap.</param>
/// <param name="Part">Where its result lies between the worst (0) and the best (1), which decides its colour; NaN for none.</param>
/// <param name="Tip">The text shown when it is pointed at; null for none.</param>
internal sealed record ParallelLine(IReadOnlyList<double> Values, double Part, string? Tip = null);

/// <summary>One line for each trial, through its value on each axis; the best ones are drawn last.</summary>
internal sealed record ParallelChart : Chart
{
    private const int LongestLabel = 22;

    /// <summary>The axes, from the left.</summary>
    public IReadOnlyList<ParallelAxis> Axes { get; init; } = [];

    /// <summary>The lines.</summary>
    public IReadOnlyList<ParallelLine> Lines { get; init; } = [];

    public override double Height { get; init; } = 380;

    public override void Draw(IChartCanvas canvas)
    {
        double top = PlotArea.DrawTitle(canvas, this) + 24;
        double bottom = Height - 14;
        AxisScale[] scales = [.. Axes.Select((a, i) => Scale(a, Lines.Select(l => l.Values[i]), bottom, top))];
        double left = 12 + Labels(0, scales).Select(l => PlotArea.TextWidth(l)).DefaultIfEmpty(0).Max();
        double gap = Axes.Count > 1 ? (Width - left - 40) / (Axes.Count - 1) : 0;
        foreach (ParallelLine line in Lines.OrderBy(l => double.IsNaN(l.Part) ? -1 : l.Part))
        {
            ChartPoint[] points = [.. scales.Select((s, i) => new ChartPoint(left + (i * gap), s.Map(line.Values[i])))];
            canvas.Line(points, new(ChartColor.OfValue(line.Part), line.Part >= 0.999 ? 2.6 : 1.4, line.Part >= 0.999 ? 1 : 0.75), line.Tip);
        }

        for (int i = 0; i < Axes.Count; i++)
        {
            double x = left + (i * gap);
            canvas.Line([new(x, top), new(x, bottom)], new(ChartColor.Ink, 1.2));
            ChartAnchor anchor = i == 0 ? ChartAnchor.Start : i == Axes.Count - 1 ? ChartAnchor.End : ChartAnchor.Middle;
            int fits = Axes.Count > 1 ? Math.Max(6, (int)(gap / 6.6)) : 80;
            canvas.Text(i == 0 ? 4 : i == Axes.Count - 1 ? Width - 6 : x, top - 12, Markup.Shorten(Axes[i].Label, fits), new(ChartColor.Ink, Anchor: anchor, IsBold: true));
            DrawTicks(canvas, i, x, scales[i], Labels(i, scales));
        }
    }

    private static AxisScale Scale(ParallelAxis axis, IEnumerable<double> values, double bottom, double top)
        => axis.Categories.Count > 0
            ? AxisScale.Of(new() { Min = -0.5, Max = axis.Categories.Count - 0.5 }, [], bottom, top, 2)
            : AxisScale.Of(axis.Scale, values, bottom, top, 6);

    private string[] Labels(int axis, AxisScale[] scales)
        => Axes[axis].Categories.Count > 0 ? [.. Axes[axis].Categories.Select(c => Markup.Shorten(c, LongestLabel))] : [.. scales[axis].Ticks.Select(t => t.Label)];

    private void DrawTicks(IChartCanvas canvas, int axis, double x, AxisScale scale, string[] labels)
    {
        bool isFirst = axis == 0;
        double free = double.PositiveInfinity;
        for (int i = 0; i < labels.Length; i++)
        {
            double y = scale.Map(Axes[axis].Categories.Count > 0 ? i : scale.Ticks[i].Value);
            canvas.Line([new(x - 3, y), new(x + 3, y)], new(ChartColor.Ink));
            if (y > free)
            {
                continue;
            }

            // A plate behind the text keeps it readable over the lines.
            double width = PlotArea.TextWidth(labels[i]) + 4;
            bool toLeft = isFirst || axis == Axes.Count - 1;
            canvas.Rectangles([new(toLeft ? x - 6 - width + 2 : x + 4, y - 7, width, 14)], ChartColor.Paper, 0.75);
            canvas.Text(toLeft ? x - 6 : x + 6, y + 4, labels[i], new(ChartColor.Ink, 11, toLeft ? ChartAnchor.End : ChartAnchor.Start));
            free = y - 13;
        }
    }
}
