using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Data;
using Regimen.Experiments;

namespace Regimen.App.Commands;

/// <summary>Formats the report on a data set, as JSON and as text.</summary>
internal static class DataReportText
{
    private const int ShownValues = 8;
    private const int ShownClasses = 100;

    public static JsonObject Document(string name, DataReport report, DataSplits data, string fingerprint)
    {
        var document = new JsonObject
        {
            ["data"] = name,
            ["fingerprint"] = fingerprint,
            ["sample_shape"] = Shape(report.SampleShape),
            ["inputs"] = new JsonArray([.. report.Inputs.Select(f => new JsonObject { ["name"] = f.Name, ["shape"] = Shape(f.Shape), ["type"] = f.BatchType.ToString().ToLowerInvariant() })]),
            ["input_shape"] = Shape(report.InputShape),
            ["target"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Target.Kind.ToString()),
            ["target_size"] = report.Target.Size,
            ["classes"] = new JsonArray([.. report.Classes.Select(c => JsonValue.Create(c))]),
            ["parts"] = new JsonArray([.. report.Parts.Select(part => Document(part, report.Classes))]),
            ["splits"] = SplitText.Document(report),
            ["encoding"] = data.Encoding?.DeepClone(),
            ["table"] = data.Table is { } table ? TableText.Document(table.Value) : null,
            ["images"] = data.Images is { } images ? ImageText.Document(images) : null,
            ["text"] = data.Text is { } text ? TextSummaryText.Document(text) : null,
            ["train_transforms"] = new JsonArray([.. data.TrainTransforms.Select(t => t.Describe())]),
            ["eval_transforms"] = new JsonArray([.. data.EvalTransforms.Select(t => t.Describe())]),
            ["first"] = new JsonArray([.. report.First.Select(s => new JsonObject
            {
                ["index"] = s.Index,
                ["origin"] = s.Origin,
                ["target"] = new JsonArray([.. s.Target.Select(t => JsonValue.Create(t))]),
                ["input"] = new JsonArray([.. s.Input.Select(v => ProblemReport.Number(v))]),
            })]),
        };
        if (data.Notes.Count > 0)
        {
            document["notes"] = new JsonArray([.. data.Notes.Select(n => JsonValue.Create(n))]);
        }

        if (TargetScale.Of(data.Train) is { } scale)
        {
            document["target_scale"] = scale.Describe();
        }

        return document;
    }

    public static void Write(Page page, string name, DataReport report, DataSplits data, string fingerprint)
    {
        page.Heading($"{name}: samples {report.Samples}, {Target(report)}");
        page.Line($"fingerprint {fingerprint}");
        foreach (string note in data.Notes)
        {
            page.Line(note);
        }

        page.Line();
        TextTable.Write(
            page,
            [new("part"), new("samples", IsNumber: true), .. RangeColumns],
            report.Parts.Select(part => (Cell[])[part.Name, DisplayText.Count(part.Samples), .. Row(part.Input)]));
        if (report.Parts.Any(p => p.Prepared is not null))
        {
            page.Line();
            page.Line($"model input: {report.InputShape} after {string.Join(", ", data.EvalTransforms.Select(t => t.Describe()["name"]))}");
            TextTable.Write(page, [new("part"), .. RangeColumns], report.Parts.Select(part => (Cell[])[part.Name, .. Row(part.Prepared!)]));
        }

        if (data.Table is { } table)
        {
            TableText.Write(page, table.Value);
        }

        if (data.Images is { } images)
        {
            ImageText.Write(page, images);
        }

        if (data.Text is { } text)
        {
            TextSummaryText.Write(page, text);
        }

        WriteTargets(page, report, TargetScale.Of(data.Train));
        SplitText.Write(page, report);
        WriteFirst(page, report);
    }

    /// <summary>Formats, as JSON, a data set that needs further options before it can be trained on.</summary>
    public static JsonObject Undecided(string name, DataPreview preview, IReadOnlyList<Problem> undecided) => new()
    {
        ["data"] = name,
        ["undecided"] = new JsonArray([.. undecided.Select(ProblemReport.Document)]),
        ["table"] = preview.Table is { } table ? TableText.Document(table) : null,
        ["images"] = preview.Images is { } images ? ImageText.Document(images) : null,
    };

    /// <summary>Writes the summaries of a table or of images that a preview collected.</summary>
    public static void WriteSeen(Page page, DataPreview preview)
    {
        if (preview.Table is { } table)
        {
            TableText.Write(page, table);
        }

        if (preview.Images is { } images)
        {
            ImageText.Write(page, images);
        }
    }

    /// <summary>Writes, as text, a data set that needs further options before it can be trained on.</summary>
    public static void WriteUndecided(Page page, string name, DataPreview preview, IReadOnlyList<Problem> undecided)
    {
        page.Line($"{name}: not ready for training");
        WriteSeen(page, preview);
        page.Line();
        page.Line("options to set first");
        foreach (Problem problem in undecided)
        {
            page.Line($"{problem}");
        }
    }

    private static JsonObject Document(PartReport part, IReadOnlyList<string> classes) => new()
    {
        ["part"] = part.Name,
        ["samples"] = part.Samples,
        ["per_class"] = new JsonArray([.. part.PerClass.Select((count, i) => new JsonObject { ["class"] = classes[i], [part.Ignored is null ? "samples" : "pixels"] = count })]),
        ["input"] = Document(part.Input),
        ["prepared"] = part.Prepared is { } prepared ? Document(prepared) : null,
        ["targets"] = new JsonArray([.. part.Targets.Select(Document)]),
    };

    private static JsonObject Document(ValueRange range) => new()
    {
        ["min"] = ProblemReport.Number(range.Min),
        ["max"] = ProblemReport.Number(range.Max),
        ["mean"] = ProblemReport.Number(range.Mean),
        ["std"] = ProblemReport.Number(range.Std),
    };

    private static void WriteTargets(Page page, DataReport report, TargetScale? scale)
    {
        if (report.Target.Kind == TargetKind.Values)
        {
            page.Line();
            TextTable.Write(
                page,
                [new("part"), new("target", IsNumber: true), .. RangeColumns],
                report.Parts.SelectMany(part => part.Targets.Select((range, i) => (Cell[])[part.Name, DisplayText.Count(i), .. Row(range)])));
            if (scale is not null)
            {
                page.Line(scale.Summary);
            }
        }
        else if (report.Target.Kind == TargetKind.Mask)
        {
            page.Line();
            TextTable.Write(
                page,
                [new("share of pixels"), .. report.Parts.Select(p => new Column(p.Name, IsNumber: true))],
                [
                    .. report.Classes.Take(ShownClasses).Select((name, i) => (Cell[])[name, .. report.Parts.Select(p => Share(p, p.PerClass[i]))]),
                    ["without a class", .. report.Parts.Select(p => Share(p, p.Ignored ?? 0))],
                ]);
        }
        else if (report.Classes.Count > 0)
        {
            page.Line();
            TextTable.Write(
                page,
                [new(report.Target.Kind == TargetKind.MultiHot ? "label" : "class"), .. report.Parts.Select(p => new Column(p.Name, IsNumber: true))],
                report.Classes.Take(ShownClasses).Select((name, i) => (Cell[])[name, .. report.Parts.Select(p => new Cell(DisplayText.Count(p.PerClass[i])))]));
            if (report.Classes.Count > ShownClasses)
            {
                page.Line($"and {DisplayText.Count(report.Classes.Count - ShownClasses)} more; --json has all");
            }
        }
    }

    private static Cell Share(PartReport part, long pixels)
        => new(((double)pixels / Math.Max(1, part.PerClass.Sum() + (part.Ignored ?? 0))).ToString("0.00 %", CultureInfo.InvariantCulture));

    private static void WriteFirst(Page page, DataReport report)
    {
        if (report.First.Count == 0)
        {
            return;
        }

        page.Line();
        page.Line("first samples of train");
        foreach (SampleReport sample in report.First)
        {
            string values = string.Join(' ', sample.Input.Take(ShownValues).Select(v => v.ToString("G5", CultureInfo.InvariantCulture)));
            string more = sample.Input.Count > ShownValues ? string.Create(CultureInfo.InvariantCulture, $" … ({sample.Input.Count:#,0} values)") : string.Empty;
            page.Line($"{string.Join(", ", sample.Target)}: {values}{more}");
        }
    }

    private static string Target(DataReport report) => report.Target.Kind switch
    {
        TargetKind.ClassIndex => string.Create(CultureInfo.InvariantCulture, $"one of {report.Classes.Count:#,0} classes each"),
        TargetKind.MultiHot => string.Create(CultureInfo.InvariantCulture, $"any of {report.Classes.Count:#,0} labels each"),
        TargetKind.Values => report.Target.Size == 1 ? "a number each" : string.Create(CultureInfo.InvariantCulture, $"{report.Target.Size:#,0} numbers each"),
        TargetKind.Mask => string.Create(CultureInfo.InvariantCulture, $"a mask of {report.Classes.Count:#,0} classes each"),
        TargetKind.Tokens => string.Create(CultureInfo.InvariantCulture, $"one of {report.Target.Cardinality:#,0} tokens at each of {report.Target.Size:#,0} positions"),
        _ => "targets of another kind",
    };

    private static JsonArray Shape(SampleShape shape) => new([.. shape.Dimensions.Select(d => JsonValue.Create(d))]);

    private static IEnumerable<Column> RangeColumns => ((string[])["min", "max", "mean", "std"]).Select(name => new Column(name, IsNumber: true));

    private static IEnumerable<Cell> Row(ValueRange range) => ((double[])[range.Min, range.Max, range.Mean, range.Std]).Select(v => new Cell(DisplayText.Value(v)));
}
