namespace Regimen.Reports;

/// <summary>What the test of a run found, by its task.</summary>
internal static class FindingsSection
{
    public static void Write(HtmlText html, RunFindings findings, ReportLimits limits)
    {
        if (findings.Classification is { } classes)
        {
            ClassSection.Write(html, findings, classes, limits);
        }

        if (findings.Labels is { } labels)
        {
            LabelSection.Write(html, findings, labels, limits);
        }

        if (findings.Regression is { } regression)
        {
            RegressionSection.Write(html, findings, regression, limits);
        }

        if (findings.Text is { } text)
        {
            TextSection.Write(html, findings, text, limits);
        }
    }

    /// <summary>The split as words: <c>the test set</c>.</summary>
    public static string SplitOf(RunFindings findings) => findings.Split switch
    {
        "val" => "the validation set",
        "train" => "the training set",
        var split => $"the {split} set",
    };

    /// <summary>The table of the scores of classes or labels: all of them, or those with the lowest F1.</summary>
    public static void Scores(HtmlText html, IReadOnlyList<FoundScore> scores, string kind, ReportLimits limits)
    {
        IEnumerable<FoundScore> shown = scores;
        if (scores.Count > limits.Classes)
        {
            shown = scores.Where(s => s.Support > 0).OrderBy(s => s.F1).ThenBy(s => s.Name, StringComparer.Ordinal).Take(limits.Classes);
            html.Element("p", $"The {ReportNumbers.Count(limits.Classes)} of {ReportNumbers.Count(scores.Count)} with the lowest F1.", "muted");
        }

        html.Table([kind, "#precision", "#recall", "#F1", "#samples"], shown.Select(s => (string[])
        [
            Charts.Markup.Shorten(s.Name, limits.Name),
            ReportNumbers.Percent(s.Precision),
            ReportNumbers.Percent(s.Recall),
            ReportNumbers.Percent(s.F1),
            ReportNumbers.Count(s.Support),
        ]));
    }
}
