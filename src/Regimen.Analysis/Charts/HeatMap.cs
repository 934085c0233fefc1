using System.Globalization;

namespace Regimen.Charts;

/// <summary>A confusion matrix: a row for each true class, a column for each predicted one. The diagonal is right. A cell's colour is its share of its
/// row. Up to 12 classes a cell shows its count and percent, up to 24 its count; above, only cells that are not empty are drawn.</summary>
internal sealed record HeatMap : Chart
{
    private const int MostWithPercent = 12;
    private const int MostWithCounts = 24;
    private const int LongestLabel = 22;
    private const int Levels = 12;

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The counts: <c>[true class][predicted class]</c>.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Counts { get; init; } = [];

    /// <summary>The side of a cell: cells shrink to 9 units, then the drawing grows.</summary>
    private double Cell => Math.Clamp(520.0 / Math.Max(1, Labels.Count), 9, 58);

    private double LabelSize => Math.Min(11, Cell * 0.85);

    private double Left => 26 + Labels.Select(l => PlotArea.TextWidth(Markup.Shorten(l, LongestLabel), LabelSize)).DefaultIfEmpty(0).Max();

    private double Top => (Title.Length == 0 ? 6 : 26) + 20 + (AreTurned ? Left - 26 : LabelSize + 4);

    private bool AreTurned => Labels.Any(l => PlotArea.TextWidth(Markup.Shorten(l, LongestLabel), LabelSize) > Cell - 4);

    public override double Height => Top + (Cell * Labels.Count) + 8;

    /// <summary>The same chart, as wide as its cells need.</summary>
    public HeatMap Fitted() => this with { Width = Math.Max(320, Left + (Cell * Labels.Count) + 12) };

    public override void Draw(IChartCanvas canvas)
    {
        double top = PlotArea.DrawTitle(canvas, this);
        double right = Left + (Cell * Labels.Count);
        canvas.Text((Left + right) / 2, top + 12, "predicted", new(ChartColor.Muted, Anchor: ChartAnchor.Middle));
        canvas.Text(13, Top + (Cell * Labels.Count / 2), "true", new(ChartColor.Muted, Anchor: ChartAnchor.Middle, Turn: -90));
        for (int i = 0; i < Labels.Count; i++)
        {
            string label = Markup.Shorten(Labels[i], LongestLabel);
            double center = (i + 0.5) * Cell;
            canvas.Text(Left - 6, Top + center + (LabelSize * 0.35), label, new(ChartColor.Ink, LabelSize, ChartAnchor.End));
            canvas.Text(Left + center + (AreTurned ? LabelSize * 0.35 : 0), Top - 6, label, new(ChartColor.Ink, LabelSize, AreTurned ? ChartAnchor.Start : ChartAnchor.Middle, Turn: AreTurned ? -90 : 0));
        }

        DrawCells(canvas);
        ChartPoint[] frame = [new(Left, Top), new(right, Top), new(right, Top + (right - Left)), new(Left, Top + (right - Left)), new(Left, Top)];
        canvas.Line(frame, new(ChartColor.Muted));
    }

    private void DrawCells(IChartCanvas canvas)
    {
        bool hasCounts = Labels.Count <= MostWithCounts;
        var merged = new List<ChartRectangle>[2, Levels + 1];
        var texts = new List<(double X, double Y, long Count, double Share, bool IsDark)>();
        for (int row = 0; row < Labels.Count; row++)
        {
            long sum = Math.Max(1, Counts[row].Sum());
            for (int column = 0; column < Labels.Count; column++)
            {
                long count = Counts[row][column];
                if (count == 0)
                {
                    continue;
                }

                double share = (double)count / sum;

                // Mistakes are rare: their colour grows with the root of their share, so that one in a hundred is visible.
                int level = Math.Max(1, (int)Math.Round((row == column ? share : Math.Sqrt(share)) * Levels));
                (double x, double y) = (Left + (column * Cell), Top + (row * Cell));
                (merged[row == column ? 0 : 1, level] ??= []).Add(new(x + 0.5, y + 0.5, Cell - 1, Cell - 1));
                texts.Add((x + (Cell / 2), y + (Cell / 2), count, share, Opacity(level) > 0.5));
            }
        }

        for (int kind = 0; kind < 2; kind++)
        {
            for (int level = 1; level <= Levels; level++)
            {
                canvas.Rectangles((merged[kind, level] ?? []).ToArray(), kind == 0 ? ChartColor.Good : ChartColor.Bad, Opacity(level));
            }
        }

        foreach ((double x, double y, long count, double share, bool isDark) in hasCounts ? texts : [])
        {
            bool hasPercent = Labels.Count <= MostWithPercent;
            string text = count.ToString("#,0", CultureInfo.InvariantCulture);
            ChartColor color = isDark ? ChartColor.Paper : ChartColor.Ink;
            double size = Math.Min(12, (Cell - 4) / Math.Max(2.4, text.Length * 0.62));
            canvas.Text(x, y + (hasPercent ? -1 : size * 0.35), text, new(color, size, ChartAnchor.Middle));
            if (hasPercent)
            {
                canvas.Text(x, y + 11, (share * 100).ToString(share is < 0.0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %", new(color, 9, ChartAnchor.Middle));
            }
        }
    }

    private static double Opacity(int level) => Math.Round(0.08 + (0.92 * level / Levels), 2);
}
