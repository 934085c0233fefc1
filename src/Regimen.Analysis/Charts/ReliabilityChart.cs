using System.Globalization;

namespace Regimen.Charts;

/// <summary>The predictions of one interval of confidence.</summary>
/// <param name="Count">Their number.</param>
/// <param name="Confidence">Their mean confidence; NaN without any.</param>
/// <param name="Accuracy">The fraction that is right; NaN without any.</param>
internal sealed record ReliabilityBin(long Count, double Confidence, double Accuracy);

/// <summary>A reliability diagram: the accuracy of predictions by their confidence, with its distance to their mean confidence. Below it, how many
/// predictions have that confidence.</summary>
internal sealed record ReliabilityChart : Chart
{
    private const double CountsHeight = 54;

    /// <summary>The bins: equal intervals from 0 to 1.</summary>
    public IReadOnlyList<ReliabilityBin> Bins { get; init; } = [];

    public override double Height { get; init; } = 360;

    public override void Draw(IChartCanvas canvas)
    {
        PlotArea area = PlotArea.Draw(
            canvas, this, new() { Min = 0, Max = 1, IsFraction = true, Label = "confidence" }, new() { Min = 0, Max = 1, IsHidden = true }, [], [],
            [new("accuracy", ChartColor.Series[0]), new("too confident", ChartColor.Bad), new("not confident enough", ChartColor.Series[2]), new("perfectly calibrated", ChartColor.Muted, true), new("predictions (below)", ChartColor.Series[6])]);
        double split = area.Inside.Bottom - CountsHeight;
        double Y(double value) => split - ((split - area.Inside.Y) * value);
        foreach (double tick in new[] { 0, 0.25, 0.5, 0.75, 1 })
        {
            canvas.Line([new(area.Inside.X, Y(tick)), new(area.Inside.Right, Y(tick))], new(tick == 0 ? ChartColor.Muted : ChartColor.Grid));
            canvas.Text(area.Inside.X - 6, Y(tick) + 4, (tick * 100).ToString("0", CultureInfo.InvariantCulture) + " %", new(ChartColor.Muted, Anchor: ChartAnchor.End));
        }

        double width = area.Inside.Width / Math.Max(1, Bins.Count);
        long most = Math.Max(1, Bins.Select(b => b.Count).DefaultIfEmpty(0).Max());
        for (int i = 0; i < Bins.Count; i++)
        {
            ReliabilityBin bin = Bins[i];
            if (bin.Count == 0)
            {
                continue;
            }

            double x = area.Inside.X + (i * width) + 1;
            string tip = string.Create(CultureInfo.InvariantCulture, $"{bin.Count:#,0} predictions with a mean confidence of {bin.Confidence * 100:0.0} %; {bin.Accuracy * 100:0.0} % of them are right");
            (double lower, double upper) = (Math.Min(bin.Accuracy, bin.Confidence), Math.Max(bin.Accuracy, bin.Confidence));
            canvas.Rectangles([new(x, Y(lower), width - 2, Math.Max(0.5, split - Y(lower)))], ChartColor.Series[0], 0.85, tip);
            canvas.Rectangles([new(x, Y(upper), width - 2, Math.Max(0.5, Y(lower) - Y(upper)))], bin.Confidence > bin.Accuracy ? ChartColor.Bad : ChartColor.Series[2], 0.6, tip);
            double height = Math.Max(1, (CountsHeight - 14) * bin.Count / most);
            canvas.Rectangles([new(x, area.Inside.Bottom - height, width - 2, height)], ChartColor.Series[6], 0.8, tip);
        }

        canvas.Line([new(area.Inside.X, Y(0)), new(area.Inside.Right, Y(1))], new(ChartColor.Muted, 1.2, IsDashed: true));
    }
}
