using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Experiments;

namespace Regimen.App.Commands;

/// <summary>What a data set holds, as JSON and in words.</summary>
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
            ["input_shape"] = Shape(report.InputShape),
            ["target"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Target.Kind.ToString()),
            ["target_size"] = report.Target.Size,
            ["classes"] = new JsonArray([.. report.Classes.Select(c => JsonValue.Create(c))]),
            ["parts"] = new JsonArray([.. report.Parts.Select(part => Document(part, report.Classes))]),
            ["encoding"] = data.Encoding?.DeepClone(),
            ["table"] = data.Table is { } table ? TableText.Document(table.Value) : null,
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
        if (TargetScale.Of(data.Train) is { } scale)
        {
            document["target_scale"] = scale.Describe();
        }

        return document;
    }

    public static void Write(TextWriter output, string name, DataReport report, DataSplits data, string fingerprint)
    {
        output.WriteLine($"{name}: samples {report.SampleShape}, {Target(report)}");
        output.WriteLine($"fingerprint {fingerprint}");
        output.WriteLine();
        output.WriteLine($"{"part",-8}{"samples",10}{"min",12}{"max",12}{"mean",12}{"std",12}");
        foreach (PartReport part in report.Parts)
        {
            output.WriteLine($"{part.Name,-8}{Count(part.Samples),10}{Row(part.Input)}");
        }

        if (report.Parts.Any(p => p.Prepared is not null))
        {
            output.WriteLine();
            output.WriteLine($"as a model is given them: {report.InputShape} after {string.Join(", ", data.EvalTransforms.Select(t => t.Describe()["name"]))}");
            foreach (PartReport part in report.Parts)
            {
                output.WriteLine($"{part.Name,-8}{string.Empty,10}{Row(part.Prepared!)}");
            }
        }

        if (data.Table is { } table)
        {
            TableText.Write(output, table.Value);
        }

        WriteTargets(output, report, TargetScale.Of(data.Train));
        WriteFirst(output, report);
    }

    private static JsonObject Document(PartReport part, IReadOnlyList<string> classes) => new()
    {
        ["part"] = part.Name,
        ["samples"] = part.Samples,
        ["per_class"] = new JsonArray([.. part.PerClass.Select((count, i) => new JsonObject { ["class"] = classes[i], ["samples"] = count })]),
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

    private static void WriteTargets(TextWriter output, DataReport report, TargetScale? scale)
    {
        if (report.Target.Kind == TargetKind.Values)
        {
            output.WriteLine();
            output.WriteLine($"{"target",-18}{"min",12}{"max",12}{"mean",12}{"std",12}");
            foreach (PartReport part in report.Parts)
            {
                for (int i = 0; i < part.Targets.Count; i++)
                {
                    output.WriteLine($"{part.Name,-8}{Count(i),10}{Row(part.Targets[i])}");
                }
            }

            if (scale is not null)
            {
                output.WriteLine(scale.Summary);
            }
        }
        else if (report.Classes.Count > 0)
        {
            int width = Math.Max(8, report.Classes.Take(ShownClasses).Max(c => c.Length) + 2);
            output.WriteLine();
            output.WriteLine($"{(report.Target.Kind == TargetKind.MultiHot ? "label" : "class").PadRight(width)}{string.Concat(report.Parts.Select(p => p.Name.PadLeft(10)))}");
            for (int i = 0; i < Math.Min(ShownClasses, report.Classes.Count); i++)
            {
                output.WriteLine($"{report.Classes[i].PadRight(width)}{string.Concat(report.Parts.Select(p => Count(p.PerClass[i]).PadLeft(10)))}");
            }

            if (report.Classes.Count > ShownClasses)
            {
                output.WriteLine($"and {Count(report.Classes.Count - ShownClasses)} more; --json has all");
            }
        }
    }

    private static void WriteFirst(TextWriter output, DataReport report)
    {
        if (report.First.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("first samples of train");
        foreach (SampleReport sample in report.First)
        {
            string values = string.Join(' ', sample.Input.Take(ShownValues).Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));
            string more = sample.Input.Count > ShownValues ? string.Create(CultureInfo.InvariantCulture, $" … ({sample.Input.Count:#,0} values)") : string.Empty;
            output.WriteLine($"{string.Join(", ", sample.Target)}: {values}{more}");
        }
    }

    private static string Target(DataReport report) => report.Target.Kind switch
    {
        TargetKind.ClassIndex => string.Create(CultureInfo.InvariantCulture, $"one of {report.Classes.Count:#,0} classes each"),
        TargetKind.MultiHot => string.Create(CultureInfo.InvariantCulture, $"any of {report.Classes.Count:#,0} labels each"),
        TargetKind.Values => report.Target.Size == 1 ? "a number each" : string.Create(CultureInfo.InvariantCulture, $"{report.Target.Size:#,0} numbers each"),
        _ => "targets of another kind",
    };

    private static JsonArray Shape(SampleShape shape) => new([.. shape.Dimensions.Select(d => JsonValue.Create(d))]);

    private static string Row(ValueRange range)
        => string.Create(CultureInfo.InvariantCulture, $"{range.Min,12:0.####}{range.Max,12:0.####}{Plain(range.Mean),12:0.####}{range.Std,12:0.####}");

    /// <summary>What would be shown as -0 is 0.</summary>
    private static double Plain(double value) => Math.Abs(value) < 0.00005 ? 0 : value;

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
