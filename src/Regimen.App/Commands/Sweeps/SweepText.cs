using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>The texts of <c>sweep</c>.</summary>
internal static class SweepText
{
    private const int MostRows = 20;

    /// <summary>Writes a plan with the trials that are known.</summary>
    public static void Planned(AppHost host, PlannedSweep planned, bool json)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, new JsonObject
            {
                ["points"] = planned.Plan.Points,
                ["metric"] = planned.Plan.Metric,
                ["trials"] = new JsonArray([.. planned.Trials.Select(t => new JsonObject { ["number"] = t.Number, ["params"] = Params(t.Params), ["seed"] = t.Seed })]),
            });
            return;
        }

        var page = Page.Of(host);
        TextTable.Write(page, [new Column("trial", IsNumber: true), .. planned.Plan.Axes.Select(a => new Column(a.Key)), new Column("seed", IsNumber: true)], planned.Trials.Select(t => (Cell[])
        [
            t.Number.ToString(CultureInfo.InvariantCulture),
            .. planned.Plan.Axes.Select(a => new Cell(t.Params[a.Key])),
            t.Seed.ToString(CultureInfo.InvariantCulture),
        ]));
        int others = (planned.Plan.Points * planned.Plan.Seeds.Count) - planned.Trials.Count;
        if (others > 0)
        {
            page.Line(string.Create(CultureInfo.InvariantCulture, $"and {others} more, which follow from the results"));
        }
    }

    /// <summary>Returns a line that says what is searched.</summary>
    public static string Header(SweepRecord sweep, int jobs)
    {
        if (sweep.Plan.CrossValidation is not null)
        {
            return CrossValidationText.Header(sweep, jobs);
        }

        string trials = string.Create(CultureInfo.InvariantCulture, $"{sweep.Plan.Points * sweep.Plan.Seeds.Count} trials ({sweep.Plan.Search}, {sweep.Plan.Points} points{(sweep.Plan.Seeds.Count > 1 ? $", {sweep.Plan.Seeds.Count} seeds" : string.Empty)})");
        string halving = sweep.Plan.Rungs.Count > 0 ? $"; halving at epochs {string.Join(", ", sweep.Plan.Rungs.SkipLast(1))}" : string.Empty;
        string cores = sweep.Plan.Cores == 1 ? "1 core each" : string.Create(CultureInfo.InvariantCulture, $"{sweep.Plan.Cores} cores each");
        return string.Create(CultureInfo.InvariantCulture, $"{trials}{halving}; {jobs} at a time, {cores}; ranked by {sweep.Plan.Metric} ({(sweep.Plan.Mode == "min" ? "lowest" : "highest")} first)");
    }

    /// <summary>Returns a line for a trial that has ended.</summary>
    public static string Line(SweepRecord sweep, TrialRecord trial)
    {
        int width = (sweep.Plan.Points * sweep.Plan.Seeds.Count).ToString(CultureInfo.InvariantCulture).Length;
        string number = trial.Number.ToString(CultureInfo.InvariantCulture).PadLeft(width);
        string values = string.Join(' ', sweep.Plan.Axes.Select(a => $"{a.Key}={Param(a, trial.Params)}").Concat(sweep.Plan.Seeds.Count > 1 ? [$"seed={trial.Seed.ToString(CultureInfo.InvariantCulture)}"] : []));
        string result = trial.Status switch
        {
            TrialStatus.Failed => $"failed: {trial.Error}",
            TrialStatus.Waiting => trial.Error is { } error ? $"failed, will be tried again: {error}" : "stopped, will go on",
            _ => $"{Name(trial.Status)} {sweep.Plan.Metric} {Value(trial.Value)}, {Epochs(trial.Epochs)}",
        };
        return $"trial {number}  {values}  {result}";
    }

    /// <summary>Writes the ranking, the importance of each key, and where the results are.</summary>
    public static void Summary(Page page, SweepRecord sweep, string shownFolder)
    {
        if (sweep.Plan.CrossValidation is not null)
        {
            CrossValidationText.Summary(page, sweep, shownFolder);
            return;
        }

        IReadOnlyList<RankedPoint> ranking = RankedPoint.Of(sweep);
        bool hasSeeds = sweep.Plan.Seeds.Count > 1;
        string[] metrics = [.. sweep.Trials.SelectMany(t => t.Metrics.Keys).Distinct().Where(m => m.StartsWith("test.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(2)];
        Column[] columns =
        [
            new("rank", IsNumber: true),
            .. sweep.Plan.Axes.Select(a => new Column(a.Key)),
            new($"best {sweep.Plan.Metric}", IsNumber: true),
            .. hasSeeds ? [new Column("± error", IsNumber: true)] : Array.Empty<Column>(),
            .. metrics.Select(m => new Column(m, IsNumber: true, LeftOut: 2)),
            new("epochs", IsNumber: true, LeftOut: 1),
            new("status"),
            new("trials"),
        ];
        page.Line();
        TextTable.Write(page, columns, ranking.Take(MostRows).Select(p => (Cell[])
        [
            p.Rank.ToString(CultureInfo.InvariantCulture),
            .. sweep.Plan.Axes.Select(a => new Cell(Param(a, p.Params))),
            Value(p.Mean),
            .. hasSeeds ? [Value(p.StandardError)] : Array.Empty<Cell>(),
            .. metrics.Select(m => new Cell(Value(Mean(p, m)))),
            p.Trials.Max(t => t.Epochs).ToString(CultureInfo.InvariantCulture),
            string.Join(", ", p.Trials.Select(t => Name(t.Status)).Distinct()),
            p.Trials.Count == 1 ? p.Trials[0].Number.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{p.Trials[0].Number}–{p.Trials[^1].Number}"),
        ]));
        if (ranking.Count > MostRows)
        {
            page.Line(string.Create(CultureInfo.InvariantCulture, $"and {ranking.Count - MostRows} more in results.csv"));
        }

        if (sweep.Importance.Count > 1)
        {
            page.Line();
            page.Line($"importance  {string.Join(", ", sweep.Importance.Select(i => string.Create(CultureInfo.InvariantCulture, $"{i.Key} {i.Share * 100:0} %")))}", "importance".Length, Page.LabelStyle);
        }

        foreach (TrialRecord failed in sweep.Trials.Where(t => t.Status == TrialStatus.Failed).Take(5))
        {
            page.Line(Line(sweep, failed));
        }

        page.Line($"sweep       {shownFolder}: report.html, results.csv, {SweepRecord.FileName}, trials/", "sweep".Length, Page.LabelStyle);
        if (sweep.Status != SweepStatus.Finished)
        {
            page.Line($"continue    regimen sweep --resume {ShellText.Word(shownFolder)}", "continue".Length, Page.LabelStyle);
        }
        else if (ranking.FirstOrDefault(p => p.Mean is not null) is { } best)
        {
            page.Line($"best        {ShellText.Word(Path.Combine(shownFolder, "trials", best.Trials[0].Number.ToString("0000", CultureInfo.InvariantCulture)))}", "best".Length, Page.LabelStyle);
        }
    }

    /// <summary>Returns the document of <c>--json</c>.</summary>
    public static JsonObject Document(SweepRecord sweep, SweepFolder folder)
    {
        RankedPoint? best = RankedPoint.Of(sweep).FirstOrDefault(p => p.Mean is not null);
        return new JsonObject
        {
            ["sweep"] = folder.FullPath,
            ["status"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(sweep.Status.ToString()),
            ["metric"] = sweep.Plan.Metric,
            ["trials"] = new JsonArray([.. sweep.Trials.Select(t => Document(t, folder))]),
            ["best"] = best is null ? null : new JsonObject
            {
                ["params"] = Params(best.Params),
                ["value"] = ProblemReport.Number(best.Mean),
                ["standard_error"] = ProblemReport.Number(best.StandardError),
                ["runs"] = new JsonArray([.. best.Trials.Select(t => JsonValue.Create(folder.TrialFolder(t.Number)))]),
            },
            ["importance"] = new JsonObject(sweep.Importance.Select(i => KeyValuePair.Create<string, JsonNode?>(i.Key, i.Share))),
        };
    }

    private static JsonObject Document(TrialRecord trial, SweepFolder folder) => new()
    {
        ["run"] = folder.TrialFolder(trial.Number),
        ["number"] = trial.Number,
        ["params"] = Params(trial.Params),
        ["seed"] = trial.Seed,
        ["status"] = Name(trial.Status),
        ["value"] = ProblemReport.Number(trial.Value),
        ["epochs"] = trial.Epochs,
        ["steps"] = trial.Steps,
        ["error"] = trial.Error,
    };

    private static JsonObject Params(IReadOnlyDictionary<string, string> values) => new(values.Select(v => KeyValuePair.Create<string, JsonNode?>(v.Key, v.Value)));

    private static double? Mean(RankedPoint point, string metric)
    {
        double[] values = [.. point.Trials.Select(t => t.Metrics.GetValueOrDefault(metric)).OfType<double>()];
        return values.Length == 0 ? null : values.Average();
    }

    private static string Name(TrialStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    private static string Epochs(int epochs) => epochs == 1 ? "1 epoch" : string.Create(CultureInfo.InvariantCulture, $"{epochs} epochs");

    /// <summary>Returns the value of a searched key, a number of an interval with few digits.</summary>
    public static string Param(SweepAxis axis, IReadOnlyDictionary<string, string> values)
        => axis.Kind is SweepAxisKind.Interval or SweepAxisKind.LogInterval && double.TryParse(values[axis.Key], NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? DisplayText.Number(number)
            : values[axis.Key];

    /// <summary>Returns a result as text.</summary>
    public static string Value(double? value) => value is { } v ? DisplayText.Number(v) : DisplayText.None;
}
