using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>The findings of a regression: predictions against targets, the distribution of errors, the worst rows.</summary>
internal static class RegressionSection
{
    private const int MostColumns = 12;
    private const int MostValues = 3;

    public static void Write(HtmlText html, RunFindings findings, RegressionFindings regression, ReportLimits limits)
    {
        html.Section("Predictions and errors", () =>
        {
            html.Element("p", $"Of {FindingsSection.SplitOf(findings)}, {ReportNumbers.Count(findings.Samples, "sample", "samples")}, in the target's own units. An error is the prediction minus the target."
                + (regression.OutputCount > regression.Outputs.Count ? $" The first {regression.Outputs.Count} of {ReportNumbers.Count(regression.OutputCount)} target values are shown." : string.Empty));
            html.Table(["target", "#RMSE", "#mean absolute error", "#mean error"], regression.Outputs.Select((o, i) => (string[])
            [
                NameOf(regression, i), ReportNumbers.Number(o.Rmse), ReportNumbers.Number(o.Mae), ReportNumbers.Number(o.MeanError),
            ]));
            html.Open("div", "charts");
            for (int i = 0; i < regression.Outputs.Count; i++)
            {
                Charts(html, regression.Outputs[i], regression.Outputs.Count == 1 ? string.Empty : $" of {NameOf(regression, i)}");
            }

            html.Close("div");
        });
        if (regression.Worst.Count > 0 && limits.Samples > 0)
        {
            html.Section("Worst rows", () => Worst(html, regression, limits));
        }
    }

    private static void Charts(HtmlText html, OutputFindings output, string of)
    {
        html.Figure(
            new ScatterChart
            {
                Title = $"Prediction against target{of}",
                Description = $"RMSE {ReportNumbers.Number(output.Rmse)}",
                Width = 560,
                Height = 380,
                HasDiagonal = true,
                X = new() { Label = "target" },
                Y = new() { Label = "prediction" },
                Series = [new("samples", [.. output.Points.Where(p => p.Count == 2).Select(p => new ScatterPoint(p[0], p[1]))])],
            },
            "On the dashed line a prediction is exact.");
        (IReadOnlyList<double> edges, IReadOnlyList<long> counts) = Bins(output);
        html.Figure(
            new HistogramChart
            {
                Title = $"Errors{of}",
                Description = $"mean {ReportNumbers.Number(output.MeanError)}",
                Width = 560,
                Height = 380,
                HasZeroLine = true,
                X = new() { Label = "prediction − target", IsTight = true },
                Edges = edges,
                Counts = counts,
            },
            output.NotFinite > 0 ? $"{ReportNumbers.Count(output.NotFinite, "error is", "errors are")} not finite and left out." : "The number of samples by their error.");
    }

    /// <summary>Joins neighbouring bins until there are as many as the number of values supports: about twice its cube root (the rule of Rice). One
    /// limit stays at 0.</summary>
    private static (IReadOnlyList<double> Edges, IReadOnlyList<long> Counts) Bins(OutputFindings output)
    {
        (double[] edges, long[] counts) = ([.. output.Edges], [.. output.Counts]);
        double most = Math.Max(12, 2.5 * Math.Cbrt(counts.Sum()));
        while (counts.Length > most && edges.Length == counts.Length + 1)
        {
            double width = edges[1] - edges[0];
            long[] places = [.. counts.Select((_, i) => (long)Math.Round(edges[i] / width) >> 1)];
            edges = [.. Enumerable.Range(0, (int)(places[^1] - places[0]) + 2).Select(i => (places[0] + i) * 2 * width)];
            var joined = new long[edges.Length - 1];
            for (int i = 0; i < counts.Length; i++)
            {
                joined[places[i] - places[0]] += counts[i];
            }

            counts = joined;
        }

        return (edges, counts);
    }

    private static void Worst(HtmlText html, RegressionFindings regression, ReportLimits limits)
    {
        html.Element("p", "The samples with the largest error.", "muted");
        WorstRow[] shown = [.. regression.Worst.Take(limits.Samples)];
        if (shown.Any(w => w.Sample.Picture is not null))
        {
            html.Open("div", "cards");
            foreach (WorstRow row in shown)
            {
                SampleCards.Open(html, row.Sample, $"target {Values(row.True)}");
                html.Open("div").Text("predicted ").Element("span", Values(row.Predicted), "wrong").Close("div");
                html.Open("div").Text("target ").Element("span", Values(row.True), "right").Close("div");
                SampleCards.Close(html, row.Sample, limits);
            }

            html.Close("div");
            return;
        }

        string[] columns = [.. (shown.FirstOrDefault(w => w.Sample.Columns.Count > 0)?.Sample.Columns ?? []).Take(MostColumns).Select(c => c.Name)];
        html.Table(
            ["#sample", "#target", "#prediction", regression.OutputCount == 1 ? "#error" : "#root mean square error", .. columns.Select(c => SampleCards.Heading(c, limits))],
            shown.Select(w => (string[])
            [
                ReportNumbers.Count(w.Sample.Index), Values(w.True), Values(w.Predicted),
                ReportNumbers.Number(regression.OutputCount == 1 && w is { True: [var target], Predicted: [var predicted] } ? predicted - target : w.Error),
                .. SampleCards.Cells(w.Sample, columns.Length, limits),
            ]));
    }

    private static string Values(IReadOnlyList<double> values)
        => string.Join(", ", values.Take(MostValues).Select(v => ReportNumbers.Number(v))) + (values.Count > MostValues ? ", …" : string.Empty);

    private static string NameOf(RegressionFindings regression, int output) => regression.OutputCount == 1 ? "target" : $"target {output + 1}";
}
