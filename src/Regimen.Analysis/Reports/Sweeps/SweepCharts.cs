using Regimen.Charts;
using Regimen.Curves;
using Regimen.SweepFiles;

namespace Regimen.Reports;

/// <summary>The charts of a sweep: parallel coordinates, importance and scatter of its keys, curves of its best points.</summary>
internal static class SweepCharts
{
    private const int MostLines = 1000;
    private const int MostKeys = 12;
    private const int MostCurves = 6;

    public static void Write(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        SweepPlan plan = sweep.Record.Plan;
        TrialRecord[] measured = [.. sweep.Record.Trials.Where(t => t.Value is { } v && double.IsFinite(v)).OrderBy(t => t.Number).Take(Math.Min(MostLines, limits.Columns * 2))];
        if (measured.Length == 0)
        {
            return;
        }

        SweepAxisScale[] axes = [.. plan.Axes.Take(MostKeys).Select(a => SweepAxisScale.Of(a, sweep.Record.Trials))];
        html.Section("Trials", () => html.Figure(Parallel(sweep, axes, measured), "One line for each trial. Blue is good, ochre is bad, by rank; the best one is thick."));
        if (sweep.Record.Importance.Count > 0)
        {
            html.Section("Importance of the keys", () => html.Figure(
                new BarChart
                {
                    Description = string.Join(", ", sweep.Record.Importance.Select(i => $"{i.Key} {ReportNumbers.Percent(i.Share)}")),
                    IsFraction = true,
                    Bars = [.. sweep.Record.Importance.Take(30).Select(i => new Bar(i.Key, i.Share))],
                },
                "The share of each key in what separates good points from bad ones."));
        }

        html.Section("By key", () =>
        {
            html.Open("div", "charts");
            foreach (SweepAxisScale axis in axes)
            {
                html.Figure(Scatter(plan, axis, measured));
            }

            html.Close("div");
        });
        Curves(html, sweep, limits);
    }

    private static ParallelChart Parallel(SweepContent sweep, SweepAxisScale[] axes, TrialRecord[] trials) => new()
    {
        Title = $"Trials by {sweep.Record.Plan.Metric}",
        Description = $"{trials.Length} trials as lines through their values of {string.Join(", ", axes.Select(a => a.Key))}",
        Width = 960,
        Axes =
        [
            .. axes.Select(a => new ParallelAxis(a.Key) { Categories = a.Categories, Scale = new() { IsLog = a.IsLog } }),
            new(sweep.Record.Plan.Metric) { Scale = MetricAxis(sweep.Record.Plan, trials) },
        ],
        Lines = [.. trials.Select(t => new ParallelLine([.. axes.Select(a => a.Of(t)), t.Value!.Value], sweep.PartOf(t.Value), Tip(sweep.Record.Plan, t)))],
    };

    private static ScatterChart Scatter(SweepPlan plan, SweepAxisScale axis, TrialRecord[] trials) => new()
    {
        Title = axis.Key,
        Description = $"{plan.Metric} of each trial by {axis.Key}",
        Width = 560,
        Height = 280,
        Categories = axis.Categories,
        X = new() { IsLog = axis.IsLog },
        Y = MetricAxis(plan, trials) with { Label = plan.Metric },
        Series = [new("trials", [.. trials.Select(t => new ScatterPoint(axis.Of(t), t.Value!.Value, Tip(plan, t)))])],
    };

    private static ChartAxis MetricAxis(SweepPlan plan, TrialRecord[] trials)
    {
        double[] values = [.. trials.Select(t => t.Value!.Value)];
        return new() { IsFraction = ReportNumbers.IsFraction(plan.Metric), IsLog = values.Min() > 0 && values.Max() > 30 * values.Min() };
    }

    private static string Tip(SweepPlan plan, TrialRecord trial)
        => Markup.Shorten($"trial {trial.Number}: {plan.Metric} {ReportNumbers.Metric(plan.Metric, trial.Value)}; {string.Join(", ", trial.Params.Select(p => $"{p.Key}={p.Value}"))}, seed {trial.Seed}", 300);

    /// <summary>The metric of the best points over the epochs, as mean and deviation over their seeds.</summary>
    private static void Curves(HtmlText html, SweepContent sweep, ReportLimits limits)
    {
        string metric = sweep.Record.Plan.Metric;
        var series = new List<LineSeries>();
        foreach (RankedPoint point in sweep.Points.Where(p => p.Mean is not null).Take(MostCurves))
        {
            Curve[] curves = [.. point.Trials.Select(t => SweepRecord.TrialFolder(sweep.Folder, t.Number)).Where(Directory.Exists)
                .Select(f => new CurveReader(f).Find(metric)).Where(c => c is { Count: > 0 }).Select(c => c!)];
            IReadOnlyList<MeanPoint> mean = CurveMean.Of(curves, CurveAxis.Epoch, Math.Max(20, limits.Columns / 4));
            if (mean.Count > 0)
            {
                series.Add(new($"{point.Rank}. {sweep.Label(point.Params, limits)}", [.. mean.Select(m => m.Position)], [.. mean.Select(m => m.Mean)])
                {
                    Deviation = curves.Length > 1 ? [.. mean.Select(m => double.IsNaN(m.Deviation) ? 0 : m.Deviation)] : null,
                });
            }
        }

        if (series.Count == 0)
        {
            return;
        }

        html.Section("Curves of the best points", () => html.Figure(
            new LineChart
            {
                Title = metric,
                Description = "of the best points, by epoch",
                Width = 960,
                Height = 340 + (18 * series.Count),
                X = new() { IsTight = true, Label = "epoch" },
                Y = new() { IsFraction = ReportNumbers.IsFraction(metric), IsLog = CurveSection.SpansDecades(series) },
                Series = series,
            },
            sweep.Record.Plan.Seeds.Count > 1 ? "The mean over the seeds; the band is one standard deviation." : null));
    }
}
