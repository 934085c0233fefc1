using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Graphs;
using Regimen.Optimization;
using Regimen.Prediction;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>The inputs of an exported file: the model's own, or the source's before pre-processing.</summary>
internal sealed class ExportSource : IDisposable
{
    private readonly OpenModel _model;
    private readonly Func<ModelGraph, IReadOnlyList<GraphValue>> _addInputs;
    private readonly Func<int, int, IReadOnlyDictionary<string, object>> _feed;
    private readonly ExportSamples? _before;

    private ExportSource(
        OpenModel model,
        ExportSamples samples,
        bool isRaw,
        Func<ModelGraph, IReadOnlyList<GraphValue>> addInputs,
        Func<int, int, IReadOnlyDictionary<string, object>> feed,
        ExportSamples? before = null)
    {
        (_model, Samples, IsRaw, _addInputs, _feed, _before) = (model, samples, isRaw, addInputs, feed, before);
    }

    /// <summary>The samples as the model receives them.</summary>
    public ExportSamples Samples { get; }

    /// <summary>Whether the pre-processing is part of the graph.</summary>
    public bool IsRaw { get; }

    /// <summary>The model's own inputs.</summary>
    public static ExportSource Plain(OpenModel model, Experiment? experiment) => Plain(model, experiment, isRaw: false);

    /// <summary>The source's values: bytes of pixels, numbers, or the columns of a table.</summary>
    /// <exception cref="RequestException">The data is not available, or a step has no equivalent.</exception>
    public static ExportSource Raw(OpenModel model, Experiment? experiment)
    {
        JsonObject[] steps = [.. model.Preprocessing.OfType<JsonObject>().Where(s => s["name"]?.ToString() != TargetScale.StepName)];
        if (model.Context.Inputs.All(f => f.BatchType == ElementType.Int64) && !steps.Any(s => s["name"]?.ToString() == TableRowEncoder.StepName))
        {
            // A text is split into tokens outside of a graph.
            return Plain(model, experiment, isRaw: true);
        }

        if (experiment is null)
        {
            throw new RequestException(new Problem("The pre-processing can't be checked without the run's data")
            {
                Where = "--preprocessing",
                Hint = "Give the location of the data (data.root=PATH, data.path=PATH), or export without --preprocessing.",
            });
        }

        ExportSamples samples = ExportSamples.OfData(experiment, ExportCheck.Samples, experiment.Data.EvalTransforms);
        ExportSamples before = ExportSamples.OfData(experiment, ExportCheck.Samples, []);
        if (steps is [var first, .. var rest] && first["name"]?.ToString() == TableRowEncoder.StepName)
        {
            return OfTable(model, TableRowEncoder.FromJson(first), rest, samples, before);
        }

        SampleShape shape = experiment.Data.Train.SampleShape;
        bool isPixels = ImageInput.Of(model, fit: null) is not null;
        if (model.Context.Inputs is not [{ Name: Field.Input }])
        {
            throw new RequestException(new Problem("Only a model of one input or of a table's columns can be exported with its pre-processing")
            {
                Where = "--preprocessing",
                Received = string.Join(", ", model.Context.Inputs.Select(f => f.Name)),
                Hint = "Export without --preprocessing.",
            });
        }

        return new ExportSource(
            model,
            samples,
            isRaw: true,
            graph => [PreprocessingNodes.Add(graph, model.Context.Inputs[0], shape, isPixels, steps)],
            (start, count) =>
            {
                Tensor values = before[Field.Input].narrow(0, start, count);
                return new Dictionary<string, object> { [Field.Input] = isPixels ? Bytes(values) : values.alias() };
            },
            before);
    }

    /// <summary>Adds the inputs to a graph. Returns the model's inputs.</summary>
    public IReadOnlyList<GraphValue> AddInputs(ModelGraph graph) => _addInputs(graph);

    /// <summary>The values of the file's inputs for some samples.</summary>
    public IReadOnlyDictionary<string, object> Feed(int start, int count) => _feed(start, count);

    /// <summary>The expected output for some samples. The caller disposes it.</summary>
    public Tensor Expected(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = Objectives.Forward(_model.Model, batch);
        return (IsRaw ? OutputNodes.Compute(output, _model.Objective.Task, _model.TargetScale) : output.alias()).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Samples.Dispose();
        _before?.Dispose();
    }

    private static ExportSource Plain(OpenModel model, Experiment? experiment, bool isRaw)
    {
        ExportSamples samples = experiment is null
            ? ExportSamples.Random(model.Context, ExportCheck.Samples)
            : ExportSamples.OfData(experiment, ExportCheck.Samples, experiment.Data.EvalTransforms);
        return new ExportSource(
            model,
            samples,
            isRaw,
            graph => [.. model.Context.Inputs.Select(f => graph.Input(ModelPorts.Of(f)))],
            (start, count) =>
            {
                Batch batch = samples.Batch(start, count);
                return model.Context.Inputs.Select(f => KeyValuePair.Create(f.Name, (object)batch[f.Name]))
                    .Concat(model.Context.Inputs.Where(f => f.IsVariable).Select(f => KeyValuePair.Create($"{f.Name}_lengths", (object)batch.Lengths(f.Name))))
                    .ToDictionary();
            });
    }

    private static ExportSource OfTable(OpenModel model, TableRowEncoder encoder, JsonObject[] steps, ExportSamples samples, ExportSamples before)
    {
        TableColumns columns = TableColumns.Of(encoder, before);
        return new ExportSource(model, samples, isRaw: true, AddInputs, columns.Feed, before);

        IReadOnlyList<GraphValue> AddInputs(ModelGraph graph)
        {
            IReadOnlyDictionary<string, GraphValue> inputs = TableNodes.Add(graph, encoder);
            return [.. model.Context.Inputs.Select(f => f.Name == Field.Input
                ? PreprocessingNodes.Add(graph, inputs[f.Name], new SampleShape(encoder.InputWidth), steps)
                : inputs[f.Name])];
        }
    }

    /// <summary>The bytes of pixels from 0 to 1.</summary>
    private static Tensor Bytes(Tensor pixels)
    {
        ReadOnlySpan<float> values = TensorMemory.Span<float>(pixels);
        Tensor bytes = empty(pixels.shape, ScalarType.Byte);
        Span<byte> to = TensorMemory.Span<byte>(bytes);
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = (byte)MathF.Round(values[i] * byte.MaxValue);
        }

        return bytes;
    }
}
