using Regimen.Charts;
using Regimen.Curves;
using Regimen.Runs;

namespace Regimen.Reports;

/// <summary>Several runs side by side: their results, the differences of their configs, their curves over each other.</summary>
internal static class ComparisonReport
{
    private const int MostCharts = 12;
    private const int LongestValue = 120;

    /// <summary>Keys that do not change a result.</summary>
    private static readonly HashSet<string> Ignored = ["name", "runs"];

    /// <summary>Returns the comparison as a complete page.</summary>
    /// <param name="folders">The runs' folders.</param>
    /// <exception cref="RequestException">A run's manifest can't be read.</exception>
    public static string Html(IReadOnlyList<string> folders)
    {
        RunContent[] runs = [.. folders.Select(f => RunContent.Read(f))];
        string[] names = ShortNames([.. runs.Select(r => r.Name)]);
        return RunReport.Fit(limits => ReportPage.Of($"{runs.Length} runs – Regimen", Article(runs, names, limits)));
    }

    /// <summary>The names without the part that all of them begin with, up to a separator.</summary>
    private static string[] ShortNames(string[] names)
    {
        int common = 0;
        while (names.Length > 1 && names.All(n => n.Length > common && n[common] == names[0][common]))
        {
            common++;
        }

        int from = names[0].AsSpan(0, common).LastIndexOfAny('/', '_') + 1;
        return [.. names.Select(n => n.Length > from ? n[from..] : n)];
    }

    private static string Article(RunContent[] runs, string[] names, ReportLimits limits)
    {
        var html = new HtmlText();
        html.Open("article", "report").Open("header").Element("h1", $"{ReportNumbers.Count(runs.Length)} runs compared").Close("header");
        html.Section("Results", () => Results(html, runs, names, limits));
        html.Section("Differences of the configs", () => Differences(html, runs, names, limits));
        Curves(html, runs, names, limits);
        return html.Close("article").Raw("\n").ToString();
    }

    private static void Results(HtmlText html, RunContent[] runs, string[] names, ReportLimits limits)
    {
        (string Split, string Metric)[] values =
        [
            .. runs.SelectMany(r => (r.Manifest.Test ?? new Dictionary<string, double?>()).Keys.Select(k => (Pass.Test, k))).Distinct(),
            .. runs.SelectMany(r => (r.Manifest.Val ?? new Dictionary<string, double?>()).Keys.Select(k => (Pass.Validation, k))).Distinct(),
        ];
        html.Table(
            ["run", "status", .. values.Select(v => $"#{v.Split}.{v.Metric}"), "#epochs", "#time", "#parameters", "folder"],
            runs.Select((r, i) => (string[])
            [
                Markup.Shorten(names[i], limits.Name),
                SummarySection.Status(r.Manifest),
                .. values.Select(v => ReportNumbers.Metric(v.Metric, (v.Split == Pass.Test ? r.Manifest.Test : r.Manifest.Val)?.GetValueOrDefault(v.Metric))),
                ReportNumbers.Count(r.Manifest.Epochs),
                ReportNumbers.Duration(r.Manifest.Seconds),
                ReportNumbers.Count(r.Manifest.Parameters),
                Markup.Shorten(r.Name, limits.Name),
            ]));
    }

    private static void Differences(HtmlText html, RunContent[] runs, string[] names, ReportLimits limits)
    {
        Dictionary<string, string>[] configs = [.. runs.Select(r => r.Config.DistinctBy(k => k.Name).ToDictionary(k => k.Name, k => k.Value!))];
        string[] keys = [.. runs.SelectMany(r => r.Config.Select(k => k.Name)).Distinct()
            .Where(k => !Ignored.Contains(k) && configs.Select(c => c.GetValueOrDefault(k)).Distinct().Skip(1).Any())];
        if (keys.Length == 0)
        {
            html.Element("p", "The configs are equal.");
            return;
        }

        html.Table(
            ["key", .. names.Select(n => SampleCards.Heading(n, limits))],
            keys.Select(k => (string[])[k, .. configs.Select(c => Markup.Shorten(c.GetValueOrDefault(k, ReportNumbers.None), LongestValue))]));
    }

    private static void Curves(HtmlText html, RunContent[] runs, string[] runNames, ReportLimits limits)
    {
        string[] names = [.. runs.SelectMany(r => r.Curves.Names).Distinct().Where(n => n != CurveReader.StepLoss && !n.StartsWith("test.", StringComparison.Ordinal))
            .OrderBy(n => CurveSection.Metric(n) == "loss" ? 0 : n == "lr" ? 2 : 1).Take(MostCharts)];
        if (names.Length == 0)
        {
            return;
        }

        html.Section("Curves", () =>
        {
            html.Open("div", "charts");
            foreach (string name in names)
            {
                LineSeries[] series =
                [
                    .. runs.Select((r, i) => (Curve: r.Curves.Find(name), Number: i)).Where(r => r.Curve is { Count: > 0 })
                        .Select(r => CurveSection.Series(DownSampling.MinMaxLast(r.Curve!, limits.Columns / 2, CurveAxis.Epoch), CurveAxis.Epoch, runNames[r.Number]) with { ColorNumber = r.Number }),
                ];
                html.Figure(new LineChart
                {
                    Title = name,
                    Description = "by epoch",
                    Width = 560,
                    Height = 270 + (runs.Length > 2 ? 20 * runs.Length : 0),
                    X = new() { IsTight = true, Label = "epoch", Min = 0 },
                    Y = new() { IsFraction = ReportNumbers.IsFraction(name), IsLog = CurveSection.SpansDecades(series) },
                    Series = series,
                });
            }

            html.Close("div");
        });
    }
}
