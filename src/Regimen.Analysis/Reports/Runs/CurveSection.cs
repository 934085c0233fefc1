using Regimen.Charts;
using Regimen.Curves;

namespace Regimen.Reports;

/// <summary>The curves of a run: loss, metrics and learning rate, over epochs or steps.</summary>
internal static class CurveSection
{
    private const int MostCharts = 16;

    public static void Write(HtmlText html, RunContent run, ReportLimits limits)
    {
        string[] names = [.. run.Curves.Names.Where(n => !n.StartsWith("test.", StringComparison.Ordinal))];
        (string Title, string[] Names)[] charts = [.. Groups(names).Take(MostCharts)];
        if (charts.Length == 0)
        {
            return;
        }

        html.Section("Curves", () =>
        {
            html.Raw("<input class=\"axis axis-epoch\" type=\"radio\" name=\"axis\" id=\"axis-epoch\" checked=\"checked\"/><label for=\"axis-epoch\">by epoch</label>")
                .Raw("<input class=\"axis axis-step\" type=\"radio\" name=\"axis\" id=\"axis-step\"/><label for=\"axis-step\">by step</label>");
            html.Open("div", "charts");
            foreach ((string title, string[] series) in charts)
            {
                html.Figure(Chart(run, title, series, CurveAxis.Epoch, limits), cssClass: "by-epoch");
                html.Figure(Chart(run, title, series, CurveAxis.Step, limits), cssClass: "by-step");
            }

            html.Close("div");
        });
    }

    /// <summary>The names of the series in each chart: a metric of all splits together, the loss of single steps behind that of epochs.</summary>
    internal static IEnumerable<(string Title, string[] Names)> Groups(IReadOnlyList<string> names)
        => names.GroupBy(Metric).OrderBy(g => g.Key == "loss" ? 0 : g.Key == "lr" ? 2 : 1)
            .Select(g => (g.Key == "lr" ? "learning rate" : g.Key, (string[])[.. g.OrderBy(n => n == CurveReader.StepLoss ? 0 : 1)]));

    internal static string Metric(string name) => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>A chart of some series of one run.</summary>
    internal static LineChart Chart(RunContent run, string title, string[] names, CurveAxis axis, ReportLimits limits)
    {
        List<LineSeries> series = [];
        foreach (string name in names)
        {
            if (run.Curves.Find(name) is { Count: > 0 } curve)
            {
                bool isSteps = name == CurveReader.StepLoss;
                series.Add(Series(DownSampling.MinMaxLast(curve, isSteps ? limits.Columns / 2 : limits.Columns, axis), axis, NameOf(name)) with
                {
                    IsFaint = isSteps,
                    ColorNumber = isSteps || name.StartsWith("train.", StringComparison.Ordinal) || names.Length == 1 ? 0 : name.StartsWith("val.", StringComparison.Ordinal) ? 1 : 2,
                });
            }
        }

        return new LineChart
        {
            Title = title,
            Description = $"by {(axis == CurveAxis.Epoch ? "epoch" : "step")}; {string.Join(", ", series.Select(Last))}",
            Width = 560,
            Height = 270,
            X = new() { IsTight = true, IsWhole = axis == CurveAxis.Step, Label = axis == CurveAxis.Epoch ? "epoch" : "step", Min = 0 },
            Y = new() { IsFraction = ReportNumbers.IsFraction(title), IsLog = SpansDecades(series) },
            Series = series,
        };
    }

    /// <summary>A curve as a series of a chart.</summary>
    internal static LineSeries Series(Curve curve, CurveAxis axis, string name)
    {
        var positions = new double[curve.Count];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = curve.PositionAt(i, axis);
        }

        return new(name, positions, curve.Values.ToArray());
    }

    /// <summary>Whether values are positive and spread over so many decades that a linear axis would hide the lower ones.</summary>
    internal static bool SpansDecades(IReadOnlyList<LineSeries> series)
    {
        (double least, double greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in series.SelectMany(s => s.Y))
        {
            if (double.IsFinite(value))
            {
                (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            }
        }

        return least > 0 && greatest > 30 * least;
    }

    private static string NameOf(string name) => name switch
    {
        CurveReader.StepLoss => "each step",
        "lr" => "learning rate",
        _ when name.StartsWith("train.", StringComparison.Ordinal) => "training",
        _ when name.StartsWith("val.", StringComparison.Ordinal) => "validation",
        _ => name,
    };

    private static string Last(LineSeries series) => $"{series.Name} ends at {ReportNumbers.Number(series.Y.LastOrDefault(double.NaN))}";
}
