using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Text;
using Regimen.Transforms;

namespace Regimen.Prediction;

/// <summary>Applies a model's pre-processing to samples of its source. The steps are those of an evaluation, run by the same code.</summary>
internal sealed class SamplePreparation
{
    private readonly OpenModel _model;
    private readonly ITransform[] _transforms;

    /// <exception cref="RequestException">The file lists a step that is not known.</exception>
    public SamplePreparation(OpenModel model, string where)
    {
        _model = model;
        List<JsonObject> steps = [.. model.Preprocessing.OfType<JsonObject>()];
        steps.RemoveAll(s => Name(s) is TargetScale.StepName or Tokenizer.StepName);
        Windows = steps.FirstOrDefault(s => Name(s) == TableWindows.StepName) is { } windows ? TableWindows.FromJson(windows) : null;
        Encoding = Windows?.Table ?? (steps.FirstOrDefault(s => Name(s) == TableRowEncoder.StepName) is { } table ? TableRowEncoder.FromJson(table) : null);
        steps.RemoveAll(s => Name(s) is TableRowEncoder.StepName or TableWindows.StepName);

        // The configured transforms come first; then those of the data set, which its config does not contain.
        IReadOnlyList<Transform> configured = model.Config.Transforms.Eval;
        _transforms = [.. configured, .. steps.Skip(configured.Count).Select(s => Parse(s, where))];
    }

    /// <summary>The encoding of a table's columns; null for other data.</summary>
    public TableRowEncoder? Encoding { get; }

    /// <summary>The windows over the rows of a time series; null for other data.</summary>
    public TableWindows? Windows { get; }

    /// <summary>Prepares all samples of a data set, which is small: its samples are held in memory.</summary>
    /// <param name="data">The samples, before any transform. Targets are ignored.</param>
    /// <exception cref="RequestException">A sample is invalid, or has another shape than those that the model was trained on.</exception>
    public PreparedSamples Prepare(IDataset data)
    {
        using Arithmetic.OfThread arithmetic = Arithmetic.OnThread(_model.Config.Trainer.Bits);
        var assembler = new BatchAssembler(data, _transforms);
        Field[] fields = [.. assembler.Fields.Where(f => !f.IsTarget)];
        RequireFields(fields);
        var plan = new EpochPlan(0, 0, [.. Enumerable.Range(0, data.Count)], null);
        using var buffer = new BatchBuffer(assembler.Fields, data.Count);
        using BatchBuffer? scratch = assembler.Scratch(data.Count);
        try
        {
            assembler.Fill(plan, 0, data.Count, buffer, scratch);
        }
        catch (WorkFailedException failure)
        {
            throw new RequestException([failure.Problem], failure);
        }

        return PreparedSamples.Of(buffer, fields, data.Count);
    }

    private void RequireFields(Field[] fields)
    {
        IReadOnlyList<Field> expected = _model.Context.Inputs;
        if (!expected.Select(Form).SequenceEqual(fields.Select(Form)))
        {
            throw new RequestException(new Problem("The samples are not of the model's form")
            {
                Expected = string.Join(", ", expected.Select(f => $"{f.Name} {f.Shape} ({f.Type})")),
                Received = string.Join(", ", fields.Select(f => $"{f.Name} {f.Shape} ({f.Type})")),
            });
        }

        static (string, SampleShape, ElementType) Form(Field field) => (field.Name, field.Shape, field.BatchType);
    }

    private static string? Name(JsonObject step) => step["name"] is JsonValue name && name.TryGetValue(out string? text) ? text : null;

    private static ITransform Parse(JsonObject step, string where)
    {
        try
        {
            return Name(step) switch
            {
                "normalize" => new Normalize(Numbers(step["mean"]!), Numbers(step["std"]!)),
                "standardize" => new Standardize(Numbers(step["mean"]!), Numbers(step["std"]!)),
                var other => throw new RequestException(new Problem($"The file lists a pre-processing step that is not known: {other ?? "one without a name"}")
                {
                    Where = where,
                    Expected = "normalize or standardize, besides the transforms of the config",
                    Hint = "A data set's own transforms can't be repeated from the file. List them in transforms.eval instead.",
                }),
            };
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or ArgumentException or JsonException)
        {
            throw new RequestException(new Problem("The pre-processing in the file is damaged") { Where = where, Received = step.ToJsonString() }, exception);
        }

        static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(n => n!.GetValue<double>())];
    }
}
