using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Metrics;

namespace Regimen.App.Commands;

/// <summary>Formats the result of an evaluation, as JSON and as text.</summary>
internal static class EvaluationText
{
    public static JsonObject Document(TrainedModel source, string split, EvaluationResult result, TestTimeViews? views = null)
    {
        var document = new JsonObject
        {
            ["run"] = source.RunFolder,
            ["checkpoint"] = source.Checkpoint,
            ["split"] = split,
            ["samples"] = result.Samples,
            ["loss"] = ProblemReport.Number(result.Loss),
        };
        if (views is not null)
        {
            document["tta"] = new JsonObject { ["views"] = views.Name, ["count"] = views.Count };
        }

        if (result.PositiveClass is { } positive)
        {
            document["positive_class"] = positive;
        }

        foreach ((string name, double value) in result.Metrics)
        {
            document[name] = ProblemReport.Number(value);
        }

        document["per_class"] = new JsonArray([.. result.PerClass.Select(Document)]);
        document["confusion"] = result.Confusion is { HasTable: true } confusion
            ? new JsonArray([.. confusion.Rows.Select(row => new JsonArray([.. row.Select(count => JsonValue.Create(count))]))])
            : null;
        if (result.PerOutput.Count > 0)
        {
            document["target_scale"] = source.TargetScale?.Describe();
            document["per_output"] = new JsonArray([.. result.PerOutput.Select(o => new JsonObject
            {
                ["output"] = o.Output,
                ["rmse"] = ProblemReport.Number(o.Rmse),
                ["mae"] = ProblemReport.Number(o.Mae),
                ["r2"] = ProblemReport.Number(o.R2),
            })]);
        }

        return document;
    }

    private static JsonObject Document(ClassScore score)
    {
        var document = new JsonObject
        {
            ["class"] = score.Class,
            ["precision"] = ProblemReport.Number(score.Precision),
            ["recall"] = ProblemReport.Number(score.Recall),
            ["f1"] = ProblemReport.Number(score.F1),
            ["support"] = score.Support,
        };
        if (score.Iou is { } iou)
        {
            document["iou"] = ProblemReport.Number(iou);
        }

        return document;
    }

    public static void Write(Page page, TrainedModel source, string split, EvaluationResult result, TestTimeViews? views = null)
    {
        page.Heading(string.Create(CultureInfo.InvariantCulture, $"{source.Checkpoint} on {split}: {result.Samples:#,0} samples{(views is null ? string.Empty : $", the mean over {views.Count} views of each")}"));
        page.Line();
        int names = Math.Max(4, result.Metrics.Keys.Max(n => (int?)n.Length) ?? 0);
        page.Field("loss", $"{DisplayText.Number(result.Loss)}{(source.TargetScale is null ? string.Empty : "  (of the scaled targets; metrics are in the original units)")}", names);
        foreach ((string name, double value) in result.Metrics)
        {
            page.Field(name, double.IsNaN(value) ? DisplayText.Metric(name, value, result.Undefined.GetValueOrDefault(name)) : DisplayText.Number(value), names);
        }

        if (result.PositiveClass is { } positive)
        {
            page.Line($"positive class: {positive}");
        }

        if (result.PerClass.Count > 0)
        {
            // The F1 of the pixels of a class is its Dice coefficient.
            string[] columns = result.PerClass[0].Iou is null ? ["precision", "recall", "f1", "support"] : ["iou", "precision", "recall", "dice", "pixels"];
            page.Line();
            TextTable.Write(
                page,
                [new("class"), .. columns.Select(name => new Column(name, IsNumber: true))],
                result.PerClass.Select(c => (Cell[])
                [
                    c.Class, .. c.Iou is { } iou ? [Fraction(iou)] : Array.Empty<Cell>(), Fraction(c.Precision), Fraction(c.Recall), Fraction(c.F1), DisplayText.Count(c.Support),
                ]));
        }

        if (result.Confusion is { } confusion)
        {
            WriteConfusion(page, confusion);
        }

        if (result.PerOutput.Count > 1)
        {
            page.Line();
            TextTable.Write(
                page,
                [new("output"), new("rmse", IsNumber: true), new("mae", IsNumber: true), new("r2", IsNumber: true)],
                result.PerOutput.Select(o => new Cell[] { $"{o.Output}", DisplayText.Number(o.Rmse), DisplayText.Number(o.Mae), DisplayText.Number(o.R2) }));
        }
    }

    private static void WriteConfusion(Page page, ConfusionMatrix confusion)
    {
        page.Line();
        if (!confusion.HasTable)
        {
            page.Line(string.Create(CultureInfo.InvariantCulture, $"confusion: omitted, with more than {ConfusionMatrix.LargestTable:#,0} classes"));
            return;
        }

        page.Line("confusion: rows are true classes, columns are predicted classes");
        TextTable.Write(
            page,
            [new("true"), .. confusion.Classes.Select(c => new Column(c, IsNumber: true))],
            confusion.Classes.Zip(confusion.Rows, (name, row) => (Cell[])[name, .. row.Select(count => new Cell(DisplayText.Count(count)))]));
    }

    private static string Fraction(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
