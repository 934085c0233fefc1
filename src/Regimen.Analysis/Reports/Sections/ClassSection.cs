using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>The findings of a classification: confusion matrix, scores of classes, calibration, the worst mistakes.</summary>
internal static class ClassSection
{
    private const int MostPairs = 12;
    private const int MostColumns = 12;

    public static void Write(HtmlText html, RunFindings findings, ClassFindings classes, ReportLimits limits)
    {
        html.Section("Confusion matrix", () => Confusion(html, findings, classes, limits));
        html.Section("Classes", () => FindingsSection.Scores(html, classes.PerClass, "class", limits));
        html.Section("Calibration", () =>
        {
            html.Element("p", $"The expected calibration error is {ReportNumbers.Percent(classes.CalibrationError, 2)}: the mean distance between the confidence of predictions and the fraction of them that is right.");
            html.Figure(new ReliabilityChart
            {
                Title = "Accuracy by confidence",
                Description = $"expected calibration error {ReportNumbers.Percent(classes.CalibrationError, 2)}",
                Bins = [.. classes.Calibration.Select(b => new ReliabilityBin(b.Count, b.Confidence, b.Accuracy))],
            });
        });
        if (classes.Mistakes.Count > 0 && limits.Samples > 0)
        {
            html.Section("Worst mistakes", () => Mistakes(html, findings, classes, limits));
        }
    }

    private static void Confusion(HtmlText html, RunFindings findings, ClassFindings classes, ReportLimits limits)
    {
        long right = findings.Samples - classes.Wrong;
        html.Element("p", $"{ReportNumbers.Count(classes.Wrong)} of the {ReportNumbers.Count(findings.Samples)} samples of {FindingsSection.SplitOf(findings)} are predicted wrongly ({ReportNumbers.Percent((double)right / Math.Max(1, findings.Samples), 2)} are right)."
            + (classes.Unpredicted > 0 ? $" {ReportNumbers.Count(classes.Unpredicted)} have no prediction, because an output is not a number." : string.Empty));
        int[] shown = Shown(findings.Classes.Count, classes, limits.Matrix);
        if (shown.Length < findings.Classes.Count)
        {
            html.Element("p", $"The {shown.Length} of {ReportNumbers.Count(findings.Classes.Count)} classes with the most mistakes.", "muted");
        }

        string[] names = [.. shown.Select(c => Markup.Shorten(findings.Classes[c], limits.Name))];
        var places = shown.Select((c, i) => (c, i)).ToDictionary(p => (long)p.c, p => p.i);
        long[][] counts = [.. names.Select(_ => new long[names.Length])];
        foreach (IReadOnlyList<long> cell in classes.Confusion)
        {
            if (places.TryGetValue(cell[0], out int row) && places.TryGetValue(cell[1], out int column))
            {
                counts[row][column] = cell[2];
            }
        }

        html.Open("div", "beside").OpenScroll().Figure(
            new HeatMap { Description = "confusion matrix: a row for each true class, a column for each predicted one", Labels = names, Counts = counts }.Fitted(),
            "Rows are true classes, columns predicted ones. Blue is right, orange wrong; the stronger the colour, the larger the share of its row.").Close("div");
        IReadOnlyList<long>[] pairs = [.. classes.Confusion.Where(c => c[0] != c[1]).OrderByDescending(c => c[2]).ThenBy(c => c[0]).ThenBy(c => c[1]).Take(MostPairs)];
        if (pairs.Length > 0 && findings.Classes.Count > 2)
        {
            html.Open("div").Element("h3", "Most frequent mistakes").Table(["true", "predicted", "#samples"], pairs.Select(c => (string[])
            [
                Markup.Shorten(findings.Classes[(int)c[0]], limits.Name), Markup.Shorten(findings.Classes[(int)c[1]], limits.Name), ReportNumbers.Count(c[2]),
            ])).Close("div");
        }

        html.Close("div");
    }

    /// <summary>The classes of the matrix: all, or those that take part in the most mistakes, in their order.</summary>
    private static int[] Shown(int count, ClassFindings classes, int most)
    {
        if (count <= most)
        {
            return [.. Enumerable.Range(0, count)];
        }

        var mistakes = new long[count];
        foreach (IReadOnlyList<long> cell in classes.Confusion.Where(c => c[0] != c[1]))
        {
            mistakes[cell[0]] += cell[2];
            mistakes[cell[1]] += cell[2];
        }

        return [.. Enumerable.Range(0, count).OrderByDescending(c => mistakes[c]).ThenBy(c => c).Take(Math.Min(most, 40)).Order()];
    }

    private static void Mistakes(HtmlText html, RunFindings findings, ClassFindings classes, ReportLimits limits)
    {
        html.Element("p", $"The samples of {FindingsSection.SplitOf(findings)} with the highest loss. The number behind a class is the probability that the model gives it.", "muted");
        string Name(int index) => Markup.Shorten(findings.Classes[index], limits.Name);
        Mistake[] shown = [.. classes.Mistakes.Take(limits.Samples)];
        if (shown.Any(m => m.Sample.Columns.Count > 0))
        {
            string[] columns = [.. shown.First(m => m.Sample.Columns.Count > 0).Sample.Columns.Take(MostColumns).Select(c => c.Name)];
            html.Table(
                ["#sample", "true", "predicted", "#confidence", .. columns.Select(c => SampleCards.Heading(c, limits))],
                shown.Select(m => (string[])
                [
                    ReportNumbers.Count(m.Sample.Index), Name(m.True), m.Predicted is { } predicted ? Name(predicted) : ReportNumbers.None, ReportNumbers.Percent(m.Confidence),
                    .. SampleCards.Cells(m.Sample, columns.Length, limits),
                ]));
            return;
        }

        html.Open("div", "cards");
        foreach (Mistake mistake in shown)
        {
            SampleCards.Open(html, mistake.Sample, $"true {Name(mistake.True)}");
            html.Open("div").Text("predicted ").Element("span", mistake.Predicted is { } predicted ? Name(predicted) : "nothing", "wrong")
                .Text(double.IsNaN(mistake.Confidence) ? string.Empty : $" ({ReportNumbers.Percent(mistake.Confidence)})").Close("div");
            html.Open("div").Text("true ").Element("span", Name(mistake.True), "right")
                .Text(double.IsNaN(mistake.ProbabilityOfTrue) ? string.Empty : $" ({ReportNumbers.Percent(mistake.ProbabilityOfTrue, mistake.ProbabilityOfTrue < 0.001 ? 3 : 1)})").Close("div");
            SampleCards.Close(html, mistake.Sample, limits);
        }

        html.Close("div");
    }
}
