using System.Globalization;
using Regimen.Charts;
using Regimen.SweepFiles;

namespace Regimen.Reports;

/// <summary>The report of a sweep. It is a function of the sweep's folder: written twice, it has the same bytes.</summary>
internal static class SweepReport
{
    private const int MostPoints = 200;

    /// <summary>Returns the report as a complete page, at most <see cref="ReportOptions.MostBytes"/> long.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <exception cref="RequestException">The sweep's record can't be read.</exception>
    public static string Html(string folder)
    {
        SweepContent sweep = SweepContent.Read(folder);
        return RunReport.Fit(limits => ReportPage.Of($"{sweep.Record.Name} – Regimen", Article(sweep, limits)));
    }

    /// <summary>Returns the report without the page around it.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="linkOf">The address of a trial's page.</param>
    /// <inheritdoc cref="Html"/>
    public static string Body(string folder, Func<TrialRecord, string?> linkOf)
    {
        SweepContent sweep = SweepContent.Read(folder) with { LinkOf = linkOf };
        return RunReport.Fit(limits => Article(sweep, limits));
    }

    private static string Article(SweepContent sweep, ReportLimits limits)
    {
        var html = new HtmlText();
        html.Open("article", "report");
        Head(html, sweep, limits);
        html.Section("Ranking", () => Ranking(html, sweep, limits));
        SweepCharts.Write(html, sweep, limits);
        Seeds(html, sweep, limits);
        Failures(html, sweep, limits);
        html.Section("Plan", () => Plan(html, sweep, limits));
        return html.Close("article").Raw("\n").ToString();
    }

    private static void Head(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        SweepRecord record = sweep.Record;
        html.Open("header").Element("h1", record.Name).Open("p");
        html.Element("span", record.Status.ToString().ToLowerInvariant(), record.Status == SweepStatus.Finished ? "badge" : "badge bad");
        html.Text($" {record.Plan.Search} search of {string.Join(", ", record.Plan.Axes.Select(a => a.Key))}, {ReportNumbers.Time(record.Started)}").Close("p");
        html.Open("div", "tiles");
        if (sweep.Points is [{ Mean: { } best } first, ..])
        {
            Tile(html, ReportNumbers.Metric(record.Plan.Metric, best), $"best {record.Plan.Metric}");
            foreach (string key in first.Params.Keys.Take(3))
            {
                Tile(html, Markup.Shorten(sweep.Value(first.Params, key, limits), 30), key);
            }
        }

        Tile(html, ReportNumbers.Count(sweep.Points.Count), record.Plan.Seeds.Count > 1 ? $"points, {record.Plan.Seeds.Count} seeds each" : "points");
        int failed = record.Trials.Count(t => t.Status == TrialStatus.Failed);
        Tile(html, $"{record.Trials.Count(t => t.Status == TrialStatus.Finished)} of {record.Trials.Count}", failed > 0 ? $"trials finished, {failed} failed" : "trials finished");
        html.Close("div").Close("header");
    }

    private static void Tile(HtmlText html, string value, string name) => html.Open("div", "tile").Element("b", value).Element("span", name).Close("div");

    private static void Ranking(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        SweepPlan plan = sweep.Record.Plan;
        bool hasSeeds = plan.Seeds.Count > 1;
        html.Element("p", $"By {plan.Metric}, {(plan.Mode == "min" ? "lower" : "higher")} is better"
            + (hasSeeds ? "; mean and standard error over the seeds." : ".") + (plan.Halving is null ? string.Empty : " Points that successive halving paused come after those trained to the end."), "muted");
        int most = Math.Min(MostPoints, Math.Max(limits.Classes / 2, 10));
        html.OpenScroll().Open("table", "data").Open("thead").Open("tr").Element("th", "rank", "number");
        foreach (SweepAxis axis in plan.Axes)
        {
            html.Element("th", axis.Key);
        }

        html.Element("th", plan.Metric, "number");
        if (hasSeeds)
        {
            html.Element("th", "± standard error", "number");
        }

        html.Element("th", "trials").Element("th", "status").Close("tr").Close("thead").Open("tbody");
        foreach (RankedPoint point in sweep.Points.Take(most))
        {
            html.Open("tr").Element("td", ReportNumbers.Count(point.Rank), "number");
            foreach (SweepAxis axis in plan.Axes)
            {
                html.Element("td", sweep.Value(point.Params, axis.Key, limits));
            }

            html.Element("td", ReportNumbers.Metric(plan.Metric, point.Mean), "number");
            if (hasSeeds)
            {
                html.Element("td", point.StandardError is { } error ? ReportNumbers.Metric(plan.Metric, error) : ReportNumbers.None, "number");
            }

            html.Open("td");
            foreach (TrialRecord trial in point.Trials)
            {
                _ = sweep.LinkOf(trial) is { } link ? html.Raw($"<a href=\"{Markup.Escape(link)}\">{trial.Number}</a> ") : html.Text($"{trial.Number} ");
            }

            html.Close("td").Element("td", string.Join(", ", point.Trials.Select(t => t.Status.ToString().ToLowerInvariant()).Distinct())).Close("tr");
        }

        html.Close("tbody").Close("table").Close("div");
        if (sweep.Points.Count > most)
        {
            html.Element("p", $"And {ReportNumbers.Count(sweep.Points.Count - most)} more.", "muted");
        }
    }

    private static void Seeds(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        SweepPlan plan = sweep.Record.Plan;
        if (plan.Seeds.Count < 2)
        {
            return;
        }

        html.Section("Seeds", () =>
        {
            html.Element("p", $"{plan.Metric} of each seed.", "muted");
            html.Table(
                ["point", .. plan.Seeds.Take(20).Select(s => $"#seed {s}")],
                sweep.Points.Take(Math.Min(100, limits.Classes)).Select(p => (string[])
                [
                    sweep.Label(p.Params, limits),
                    .. plan.Seeds.Take(20).Select(s => ReportNumbers.Metric(plan.Metric, p.Trials.FirstOrDefault(t => t.Seed == s)?.Value)),
                ]));
        });
    }

    private static void Failures(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        TrialRecord[] failed = [.. sweep.Record.Trials.Where(t => t.Status == TrialStatus.Failed || t.Error is not null).OrderBy(t => t.Number)];
        if (failed.Length > 0)
        {
            html.Section("Failed trials", () => html.Table(["#trial", "point", "#seed", "error"], failed.Take(limits.Classes).Select(t => (string[])
            [
                t.Number.ToString(CultureInfo.InvariantCulture),
                sweep.Label(t.Params, limits),
                t.Seed.ToString(CultureInfo.InvariantCulture),
                Markup.Shorten(t.Error ?? "not recorded", 4 * limits.Name),
            ])));
        }
    }

    private static void Plan(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        SweepPlan plan = sweep.Record.Plan;
        html.Table(["key", "values"], plan.Axes.Select(a => (string[])[a.Key, Markup.Shorten(SweepContent.Describe(a), 4 * limits.Name)]));
        html.Facts(
        [
            new("search", $"{plan.Search}, {ReportNumbers.Count(plan.Points, "point", "points")}, seed {plan.SearchSeed}"),
            new("seeds of the runs", string.Join(", ", plan.Seeds.Take(50))),
            new("shared settings", Markup.Shorten(string.Join(" ", plan.Overrides.Select(ShellText.Word)), 2000)),
            new("successive halving", plan.Halving is { } factor ? $"keeps one in {factor} after epoch {string.Join(", ", plan.Rungs)}" : null),
            new("when a trial fails", plan.OnFailure),
            new("started", ReportNumbers.Time(sweep.Record.Started)),
            new("ended", sweep.Record.Ended is null ? null : ReportNumbers.Time(sweep.Record.Ended)),
        ]);
        if (sweep.Points is [{ Mean: not null } best, ..])
        {
            html.Element("p", "To train the best point again:");
            html.Element("pre", $"regimen train {string.Join(" ", plan.Overrides.Concat(best.Params.Select(p => $"{p.Key}={p.Value}")).Select(ShellText.Word))}");
        }
    }
}
