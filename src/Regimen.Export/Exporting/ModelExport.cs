using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Safetensors;

namespace Regimen.Exporting;

/// <summary>The format of an exported model.</summary>
public enum ExportFormat
{
    /// <summary>An ONNX file, compared with the model in ONNX Runtime.</summary>
    Onnx,

    /// <summary>A folder as Hugging Face tools read it: <c>config.json</c>, <c>model.safetensors</c>, a model card.</summary>
    Hf,

    /// <summary>A safetensors file: the weights, and the metadata from which <c>predict</c> opens the model.</summary>
    Safetensors,
}

/// <summary>Writes a trained model for other tools.</summary>
public static class ModelExport
{
    /// <summary>Writes a model.</summary>
    /// <param name="source">The trained model.</param>
    /// <param name="catalog">The models by name.</param>
    /// <param name="format">The format.</param>
    /// <param name="path">The file, or the folder for <see cref="ExportFormat.Hf"/>; an existing one is replaced.</param>
    /// <param name="hasPreprocessing">For ONNX: whether the pre-processing is part of the graph, from bytes or columns to probabilities.</param>
    /// <param name="dataPaths">The new paths of moved data, such as <c>data.root=PATH</c>.</param>
    /// <param name="workingDirectory">The base of relative paths; null for the process's working directory.</param>
    /// <exception cref="RequestException">The model can't be exported in this format.</exception>
    /// <exception cref="WorkFailedException">The file can't be written, or does not compute what the model computes.</exception>
    public static ExportResult Write(
        TrainedModel source,
        ComponentCatalog catalog,
        ExportFormat format,
        string path,
        bool hasPreprocessing = false,
        IReadOnlyList<string>? dataPaths = null,
        string? workingDirectory = null)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, workingDirectory ?? Environment.CurrentDirectory));
        CheckTarget(path, format);
        using OpenModel model = source.Open(catalog);
        switch (format)
        {
            case ExportFormat.Safetensors:
                return new ExportResult(path, "safetensors", Weights.Save(model.Model, path, source.Metadata));
            case ExportFormat.Hf:
                return HuggingFaceFolder.Write(source, model, path);
            default:
                using (Experiment? experiment = Data(source, catalog, dataPaths, workingDirectory))
                {
                    return OnnxExport.Write(model, Metadata(source), experiment, path, hasPreprocessing);
                }
        }
    }

    /// <summary>Loads the run's data for real samples. Returns null if it is not where the run found it, unless its location was given.</summary>
    private static Experiment? Data(TrainedModel source, ComponentCatalog catalog, IReadOnlyList<string>? dataPaths, string? workingDirectory)
    {
        try
        {
            return source.Load(catalog, dataPaths, workingDirectory);
        }
        catch (RequestException) when (dataPaths is not { Count: > 0 })
        {
            return null;
        }
    }

    private static Dictionary<string, string> Metadata(TrainedModel source)
    {
        var metadata = new Dictionary<string, string>(source.Metadata);
        metadata.Remove("format");
        if (source.Manifest is { WeightsDigest: { } digest })
        {
            metadata["regimen.weights_digest"] = digest;
        }

        return metadata;
    }

    private static void CheckTarget(string path, ExportFormat format)
    {
        bool isFolder = format == ExportFormat.Hf;
        string parent = Path.GetDirectoryName(path) ?? path;
        if (isFolder ? File.Exists(path) : Directory.Exists(path))
        {
            throw new RequestException(new Problem($"The output is a {(isFolder ? "file" : "folder")}, and the format needs a {(isFolder ? "folder" : "file")}")
            {
                Where = "--output",
                Received = path,
            });
        }

        if (!Directory.Exists(parent))
        {
            throw new RequestException(new Problem("The folder of the output does not exist") { Where = "--output", Received = parent });
        }

        if (isFolder && Directory.Exists(path) && !HuggingFaceFolder.IsOne(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new RequestException(new Problem("The folder is not empty, and it is not an exported model")
            {
                Where = "--output",
                Expected = "a new or empty folder, or one that an earlier export wrote",
                Received = path,
            });
        }
    }
}
