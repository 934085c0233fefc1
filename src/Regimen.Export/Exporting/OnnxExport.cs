using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Files;
using Regimen.Graphs;
using Regimen.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>Writes a trained model as an ONNX file, and compares the file with the model before it gets its name.</summary>
internal static class OnnxExport
{
    /// <summary>Writes the file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="metadata">The metadata of the model's file.</param>
    /// <param name="experiment">The run's experiment with its data, for real samples; null if it is not available.</param>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="hasPreprocessing">Whether the pre-processing is part of the graph.</param>
    /// <param name="largestWeights">The size of all weights, in bytes, from which they go to a file of their own.</param>
    /// <exception cref="RequestException">A layer or a step of the pre-processing has no equivalent.</exception>
    /// <exception cref="WorkFailedException">The file can't be written, or does not compute what the model computes.</exception>
    public static ExportResult Write(
        OpenModel model,
        IReadOnlyDictionary<string, string> metadata,
        Experiment? experiment,
        string path,
        bool hasPreprocessing,
        long largestWeights = OnnxFile.LargestWeights)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var mode = new EvaluationMode(model.Model);
        using var graph = new ModelGraph(model.Model);
        using ExportSource source = hasPreprocessing ? ExportSource.Raw(model, experiment) : ExportSource.Plain(model, experiment);
        AddTo(graph, model, source);

        string folder = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.new");
        string temporary = Path.Combine(folder, Path.GetFileName(path));
        return OutputFile.Guard(path, () =>
        {
            DeleteFolder(folder);
            Directory.CreateDirectory(folder);
            try
            {
                string digest = OnnxFile.Write(temporary, graph, metadata, largestWeights);
                double difference = Compare(source, temporary, path);
                Publish(temporary, path);
                return new ExportResult(path, "onnx", digest)
                {
                    Opset = OnnxFile.Opset,
                    LargestDifference = difference,
                    CheckedBatches = ExportCheck.Batches,
                    CheckedOn = source.Samples.Source,
                };
            }
            finally
            {
                DeleteFolder(folder);
            }
        });
    }

    private static void AddTo(ModelGraph graph, OpenModel model, ExportSource source)
    {
        IReadOnlyList<GraphValue> inputs = source.AddInputs(graph);
        GraphValue output = graph.Call(model.Model, inputs);
        using Batch one = source.Samples.Batch(0, 1);
        using Tensor example = source.Expected(one);
        (string name, GraphValue value) = source.IsRaw && OutputNodes.Add(graph, output, model.Objective.Task, model.TargetScale) is { } processed
            ? processed
            : (ModelPorts.OutputName(model.Objective.Task), output);
        graph.Output(ModelPorts.Output(name, example.shape[1..], model.Context), value);
    }

    private static double Compare(ExportSource source, string temporary, string path)
    {
        using var session = new OnnxSession(temporary);
        return ExportCheck.LargestDifference(
            (start, count) =>
            {
                using Batch batch = source.Samples.Batch(start, count);
                return source.Expected(batch);
            },
            (start, count) => session.Run(source.Feed(start, count)),
            path);
    }

    private static void Publish(string temporary, string path)
    {
        string data = OnnxFile.DataFile(temporary);
        bool hasData = File.Exists(data);
        if (hasData)
        {
            File.Move(data, OnnxFile.DataFile(path), overwrite: true);
        }

        File.Move(temporary, path, overwrite: true);
        if (!hasData)
        {
            // The weights of an earlier export.
            File.Delete(OnnxFile.DataFile(path));
        }

        AtomicFile.FlushFolder(Path.GetDirectoryName(path)!);
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
