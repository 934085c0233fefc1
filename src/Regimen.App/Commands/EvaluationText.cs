using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Evaluation;
using Regimen.Experiments;

namespace Regimen.App.Commands;

/// <summary>An evaluation as JSON and in words.</summary>
internal static class EvaluationText
{
    public static JsonObject Document(TrainedModel source, string split, EvaluationResult result)
    {
        var document = new JsonObject
        {
            ["run"] = source.RunFolder,
            ["checkpoint"] = source.Checkpoint,
            ["split"] = split,
            ["samples"] = result.Samples,
            ["loss"] = ProblemReport.Number(result.Loss),
        };
        if (result.PositiveClass is { } positive)
        {
            document["positive_class"] = positive;
        }

        foreach ((string name, double value) in result.Metrics)
        {
            document[name] = ProblemReport.Number(value);
        }

        document["per_class"] = new JsonArray([.. result.PerClass.Select(c => new JsonObject
        {
            ["class"] = c.Class,
            ["precision"] = ProblemReport.Number(c.Precision),
            ["recall"] = ProblemReport.Number(c.Recall),
            ["f1"] = ProblemReport.Number(c.F1),
            ["support"] = c.Support,
        })]);
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

    public static void Write(TextWriter output, TrainedModel source, string split, EvaluationResult result)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{source.Checkpoint} on {split}: {result.Samples:#,0} samples"));
        output.WriteLine();
        int names = Math.Max(4, result.Metrics.Keys.Max(n => (int?)n.Length) ?? 0);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"loss".PadRight(names)}  {result.Loss:0.00000}{(source.TargetScale is null ? string.Empty : "  (of the scaled targets; metrics are in their own units)")}"));
        foreach ((string name, double value) in result.Metrics)
        {
            string shown = double.IsNaN(value)
                ? EpochLine.Value(name, value, result.Undefined.GetValueOrDefault(name))
                : value.ToString("0.0000", CultureInfo.InvariantCulture);
            output.WriteLine($"{name.PadRight(names)}  {shown}");
        }

        if (result.PositiveClass is { } positive)
        {
            output.WriteLine($"positive class: {positive}");
        }

        if (result.PerClass.Count > 0)
        {
            WriteClasses(output, result.PerClass);
        }

        if (result.Confusion is { } confusion)
        {
            WriteConfusion(output, confusion);
        }

        if (result.PerOutput.Count > 1)
        {
            WriteOutputs(output, result.PerOutput);
        }
    }

    private static void WriteClasses(TextWriter output, IReadOnlyList<ClassScore> classes)
    {
        int width = Width(classes.Select(c => c.Class));
        output.WriteLine();
        output.WriteLine($"{"class".PadRight(width)}  precision  recall      f1  support");
        foreach (ClassScore score in classes)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{score.Class.PadRight(width)}  {score.Precision,9:0.0000}  {score.Recall,6:0.0000}  {score.F1,6:0.0000}  {score.Support,7}"));
        }
    }

    private static void WriteConfusion(TextWriter output, ConfusionMatrix confusion)
    {
        output.WriteLine();
        if (!confusion.HasTable)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"confusion: left out, with more than {ConfusionMatrix.LargestTable:#,0} classes"));
            return;
        }

        int width = Width(confusion.Classes);
        output.WriteLine("confusion: a row is a true class, a column a predicted one");
        foreach ((string name, IReadOnlyList<long> row) in confusion.Classes.Zip(confusion.Rows))
        {
            output.WriteLine($"{name.PadRight(width)}  {string.Join(' ', row.Select(count => count.ToString(CultureInfo.InvariantCulture).PadLeft(5)))}");
        }
    }

    private static void WriteOutputs(TextWriter output, IReadOnlyList<OutputError> outputs)
    {
        output.WriteLine();
        output.WriteLine("output        rmse         mae       r2");
        foreach (OutputError error in outputs)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{error.Output,6}  {error.Rmse,10:0.0000}  {error.Mae,10:0.0000}  {error.R2,7:0.0000}"));
        }
    }

    private static int Width(IEnumerable<string> names) => Math.Max(5, names.Max(n => n.Length));
}
