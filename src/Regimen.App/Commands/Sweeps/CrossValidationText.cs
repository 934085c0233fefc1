using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>The texts of <c>cv</c>.</summary>
internal static class CrossValidationText
{
    /// <summary>Writes the runs of a plan.</summary>
    public static void Planned(AppHost host, PlannedSweep planned, bool json)
    {
        if (json)
        {
            ProblemReport.WriteJson(host, new JsonObject
            {
                ["folds"] = new JsonArray([.. planned.Trials.Select(t => new JsonObject { ["fold"] = Number(t, CrossValidationPlan.FoldKey), ["repeat"] = Number(t, CrossValidationPlan.RepeatKey) })]),
            });
            return;
        }

        Page.Of(host).Line($"{Runs(planned.Plan)}; every config is valid and has the data of its fold");
    }

    /// <summary>Returns a line that says what is trained.</summary>
    public static string Header(SweepRecord record, int jobs)
        => string.Create(CultureInfo.InvariantCulture, $"{Runs(record.Plan)}; {jobs} at a time, {(record.Plan.Cores == 1 ? "1 core" : $"{record.Plan.Cores} cores")} each");

    /// <summary>Writes the table: each fold, the mean and the standard deviation; and where the results are.</summary>
    public static void Summary(Page page, SweepRecord record, string shownFolder)
    {
        IReadOnlyList<FoldSummary> summaries = FoldSummary.Of(record);
        bool hasRepeats = record.Plan.CrossValidation!.Repeats > 1;
        bool hasFailures = record.Trials.Any(t => t.Status != TrialStatus.Finished);
        Column[] columns =
        [
            new("fold"),
            .. hasRepeats ? [new Column("repeat", IsNumber: true)] : Array.Empty<Column>(),
            .. summaries.Select((s, i) => new Column(s.Name, IsNumber: true, LeftOut: i < 2 ? 0 : i + 2)),
            new("epochs", IsNumber: true, LeftOut: 1),
            .. hasFailures ? [new Column("status")] : Array.Empty<Column>(),
        ];
        page.Line();
        TextTable.Write(page, columns,
        [
            .. record.Trials.Select(t => Row(t.Params[CrossValidationPlan.FoldKey], t.Params[CrossValidationPlan.RepeatKey], t.Metrics.GetValueOrDefault, t.Epochs.ToString(CultureInfo.InvariantCulture), Name(t.Status))),
            Row("mean", string.Empty, name => summaries.First(s => s.Name == name).Mean, string.Empty, string.Empty),
            Row("std", string.Empty, name => summaries.First(s => s.Name == name).Deviation, string.Empty, string.Empty),
        ]);
        foreach (TrialRecord failed in record.Trials.Where(t => t.Status == TrialStatus.Failed).Take(5))
        {
            page.Line(SweepText.Line(record, failed));
        }

        page.Line($"cv          {shownFolder}: {OutOfFoldPredictions.FileName}, results.csv, {CrossValidationPlan.FileName}, trials/", "cv".Length, Page.LabelStyle);
        if (record.Status != SweepStatus.Finished)
        {
            page.Line($"continue    regimen cv --resume {ShellText.Word(shownFolder)}", "continue".Length, Page.LabelStyle);
        }

        Cell[] Row(string fold, string repeat, Func<string, double?> value, string epochs, string status) =>
        [
            fold,
            .. hasRepeats ? [repeat] : Array.Empty<Cell>(),
            .. summaries.Select(s => new Cell(DisplayText.Metric(s.Name.Split('.', 2)[1], value(s.Name)))),
            epochs,
            .. hasFailures ? [status] : Array.Empty<Cell>(),
        ];
    }

    /// <summary>Returns the document of <c>--json</c>.</summary>
    public static JsonObject Document(SweepRecord record, SweepFolder folder)
    {
        IReadOnlyList<FoldSummary> summaries = FoldSummary.Of(record);
        string predictions = Path.Combine(folder.FullPath, OutOfFoldPredictions.FileName);
        return new JsonObject
        {
            ["folder"] = folder.FullPath,
            ["status"] = Name(record.Status),
            ["folds"] = new JsonArray([.. record.Trials.Select(t => Document(t, folder))]),
            ["mean"] = new JsonObject(summaries.Select(s => KeyValuePair.Create(s.Name, ProblemReport.Number(s.Mean)))),
            ["std"] = new JsonObject(summaries.Select(s => KeyValuePair.Create(s.Name, ProblemReport.Number(s.Deviation)))),
            ["predictions"] = File.Exists(predictions) ? predictions : null,
        };
    }

    private static JsonObject Document(TrialRecord trial, SweepFolder folder) => new()
    {
        ["fold"] = Number(trial, CrossValidationPlan.FoldKey),
        ["repeat"] = Number(trial, CrossValidationPlan.RepeatKey),
        ["run"] = folder.TrialFolder(trial.Number),
        ["status"] = Name(trial.Status),
        ["metrics"] = new JsonObject(trial.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, ProblemReport.Number(m.Value)))),
        ["epochs"] = trial.Epochs,
        ["error"] = trial.Error,
    };

    private static string Runs(SweepPlan plan) => plan.CrossValidation is { Repeats: > 1 } repeated
        ? string.Create(CultureInfo.InvariantCulture, $"{repeated.Folds} folds, {repeated.Repeats} repeats: {plan.Points} runs")
        : string.Create(CultureInfo.InvariantCulture, $"{plan.Points} folds");

    private static int Number(TrialRecord trial, string key) => int.Parse(trial.Params[key], CultureInfo.InvariantCulture);

    private static string Name<T>(T status)
        where T : struct, Enum
        => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());
}
