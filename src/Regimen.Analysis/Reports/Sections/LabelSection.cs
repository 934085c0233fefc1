using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>The findings of a multi-label classification.</summary>
internal static class LabelSection
{
    public static void Write(HtmlText html, RunFindings findings, LabelFindings labels, ReportLimits limits)
    {
        html.Section("Labels", () =>
        {
            html.Element("p", $"{ReportNumbers.Count(labels.Wrong)} of the {ReportNumbers.Count(findings.Samples)} samples of {FindingsSection.SplitOf(findings)} have at least one wrong label.");
            FindingsSection.Scores(html, labels.PerLabel, "label", limits);
        });
        if (labels.Mistakes.Count == 0 || limits.Samples == 0)
        {
            return;
        }

        html.Section("Worst mistakes", () =>
        {
            html.Element("p", "The samples with the highest loss. The number behind a label is the probability that the model gives it.", "muted");
            html.Open("div", "cards");
            foreach (LabelMistake mistake in labels.Mistakes.Take(limits.Samples))
            {
                SampleCards.Open(html, mistake.Sample, "a sample with wrong labels");
                Line(html, "missed", mistake.Missed, limits);
                Line(html, "too many", mistake.Added, limits);
                SampleCards.Close(html, mistake.Sample, limits);
            }

            html.Close("div");
        });
    }

    private static void Line(HtmlText html, string kind, IReadOnlyList<FoundLabel> labels, ReportLimits limits)
    {
        if (labels.Count > 0)
        {
            html.Open("div").Text($"{kind}: ").Element("span", string.Join(", ", labels.Select(l => $"{Markup.Shorten(l.Name, limits.Name)} {ReportNumbers.Percent(l.Probability)}")), "wrong").Close("div");
        }
    }
}
