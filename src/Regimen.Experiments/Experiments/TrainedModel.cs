using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Files;
using Regimen.Models;
using Regimen.Runs;
using Regimen.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Experiments;

/// <summary>Weights that a run left: which file, and the config that made them.</summary>
public sealed class TrainedModel
{
    private readonly SafetensorsFile _file;
    private readonly string _path;
    private readonly RunManifest? _manifest;

    private TrainedModel(SafetensorsFile file, string path, string? runFolder, string checkpoint, RunManifest? manifest)
    {
        _manifest = manifest;
        _file = file;
        _path = path;
        RunFolder = runFolder;
        Checkpoint = checkpoint;
    }

    /// <summary>The run's folder, absolute; null for a file outside of any run.</summary>
    public string? RunFolder { get; }

    /// <summary>The checkpoint's name, or the file's path outside of any run.</summary>
    public string Checkpoint { get; }

    /// <summary>The scale of what the model gives: <see cref="Data.TargetScale.From"/> makes predictions in the target's own units of its
    /// outputs. Null where the outputs are in units, or are no numbers to meet. Read from the model's file alone.</summary>
    /// <exception cref="RequestException">The file's metadata is damaged.</exception>
    public TargetScale? TargetScale
    {
        get
        {
            try
            {
                JsonNode? steps = _file.Metadata.TryGetValue("regimen.preprocessing", out string? json) ? JsonNode.Parse(json) : null;
                JsonObject? step = (steps as JsonArray)?.OfType<JsonObject>().FirstOrDefault(s => s["name"]?.ToString() == TargetScale.StepName);
                return step is null ? null : TargetScale.Parse(step);
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException)
            {
                throw new RequestException(new Problem("The pre-processing in the file is damaged") { Where = _path, Received = exception.Message }, exception);
            }
        }
    }

    /// <summary>Finds a run's weights (those it ended with: the best where they were kept) or a checkpoint's.</summary>
    /// <param name="what">A run's folder or name, <c>latest</c>, a checkpoint's folder, or a <c>model.safetensors</c>.</param>
    /// <param name="runsRoot">The folder of all runs.</param>
    /// <param name="workingDirectory">Where relative paths start.</param>
    /// <exception cref="RequestException">There is nothing of that name, or it is damaged.</exception>
    public static TrainedModel Find(string what, string runsRoot, string workingDirectory)
    {
        string path = Path.GetFullPath(what, workingDirectory);
        string file = Directory.Exists(path) ? Path.Combine(path, CheckpointStore.ModelFile) : path;
        if (File.Exists(file))
        {
            return FromFile(file);
        }

        using RunFolder folder = Runs.RunFolder.Find(what, runsRoot, workingDirectory);
        return FromRun(folder);
    }

    /// <summary>The model with these weights, from the file alone: no data is read.</summary>
    /// <param name="catalog">The models by name.</param>
    /// <param name="device">The device; null for the CPU.</param>
    /// <exception cref="RequestException">The file does not describe its model, is damaged, or the weights do not fit.</exception>
    public OpenModel Open(ComponentCatalog catalog, torch.Device? device = null)
    {
        RunConfig config = Config(catalog);
        ModelContext context = Context(config);
        nn.Module model = catalog.CreateModel(config.Model.Name, config.Model.Options, context);
        try
        {
            Weights.Load(model, _file, _path);
            model.eval();
            return new OpenModel(device is null ? model : model.to(device), context, config, Preprocessing(), TargetScale, config.Objective.Options.For(context.Classes));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The experiment that made the weights, with its data and with these weights in its model.</summary>
    /// <param name="catalog">The models and data sets by name.</param>
    /// <param name="dataPaths">The current place of data that has moved, as <c>data.root=PATH</c>; it must be the data that the run was trained on.</param>
    /// <param name="workingDirectory">The folder that relative paths of these start from; null for the process's own folder.</param>
    /// <exception cref="RequestException">The config or the weights do not fit the data, the catalog or the model.</exception>
    public Experiment Load(ComponentCatalog catalog, IReadOnlyList<string>? dataPaths = null, string? workingDirectory = null)
    {
        RunConfig made = Config(catalog) with { DataFolder = _manifest?.WorkingDirectory };
        Experiment experiment = Experiment.Prepare(DataPaths.With(made, dataPaths ?? [], workingDirectory ?? Environment.CurrentDirectory), catalog);
        try
        {
            if (dataPaths is { Count: > 0 } && _manifest is not null)
            {
                experiment.CheckData(_manifest);
            }

            Weights.Load(experiment.Model, _file, _path);
            return experiment;
        }
        catch
        {
            experiment.Dispose();
            throw;
        }
    }

    private RunConfig Config(ComponentCatalog catalog)
    {
        _manifest?.ThrowUnlessOfConfig(RunFolder ?? _path);
        if (!_file.Metadata.TryGetValue("regimen.config", out string? config))
        {
            throw new RequestException(new Problem("The file does not say what made it") { Where = _path, Expected = "regimen.config in its metadata: a model that Regimen trained" });
        }

        return Read("config", () => RunConfig.FromJson(catalog, (JsonObject)StrictJson.Parse(config), _path));
    }

    private ModelContext Context(RunConfig config)
    {
        string[] classes = Read("list of classes", () => StrictJson.Parse(_file.Metadata.GetValueOrDefault("regimen.classes", "[]")).AsArray().Select(c => c!.GetValue<string>()).ToArray());
        if (_file.Metadata.TryGetValue(ModelMetadata.Context, out string? context))
        {
            return Read("description of the model's inputs", () => ModelContext.FromJson(StrictJson.Parse(context).AsObject(), classes));
        }

        // A file of an earlier version: one input, whose shape only the config's own transforms changed.
        if (classes.Length == 0 || !_file.Metadata.TryGetValue("regimen.sample_shape", out string? sample))
        {
            throw new RequestException(new Problem("The file does not say how many outputs its model has")
            {
                Where = _path,
                Expected = $"{ModelMetadata.Context} in its metadata",
                Hint = "An earlier version wrote the file: `regimen evaluate` opens it with its data, and `regimen resume` writes it anew.",
            });
        }

        var shape = Read("sample's shape", () => new SampleShape([.. StrictJson.Parse(sample).AsArray().Select(d => d!.GetValue<int>())]));
        shape = config.Transforms.Eval.Aggregate(shape, (s, transform) => transform.Transformed(s));
        int outputs = config.Objective.Options.Task.Outputs(new DatasetTarget(TargetKind.ClassIndex, 1), classes);
        return ModelContext.Of(shape, outputs) with { Classes = classes };
    }

    private JsonArray Preprocessing()
        => Read("list of pre-processing steps", () => StrictJson.Parse(_file.Metadata.GetValueOrDefault("regimen.preprocessing", "[]")).AsArray());

    private T Read<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidCastException or InvalidOperationException or ArgumentException or FormatException or NullReferenceException)
        {
            throw new RequestException(new Problem($"The {what} in the file is damaged") { Where = _path, Received = exception.Message }, exception);
        }
    }

    private static TrainedModel FromFile(string file)
    {
        // A checkpoint inside a run is checked against the run's index.
        string folder = Path.GetDirectoryName(file)!;
        string? checkpoints = Path.GetDirectoryName(folder);
        if (checkpoints is not null && File.Exists(Path.Combine(checkpoints, "index.json")))
        {
            var store = new CheckpointStore(checkpoints);
            string run = Path.GetDirectoryName(checkpoints)!;
            string manifest = Path.Combine(run, "run.json");
            return new TrainedModel(
                store.Read(store.Find(Path.GetFileName(folder)), CheckpointStore.ModelFile), file, run, Path.GetFileName(folder), File.Exists(manifest) ? RunManifest.Read(manifest) : null);
        }

        return new TrainedModel(SafetensorsFile.Read(file), file, null, file, manifest: null);
    }

    /// <summary>A run that goes on replaces its checkpoints: what the index named may be gone when it is read. The index is then another one,
    /// and names those that are there.</summary>
    private static TrainedModel FromRun(RunFolder folder)
    {
        const int times = 100;
        for (int attempt = 1; ; attempt++)
        {
            var store = new CheckpointStore(folder.CheckpointsFolder);
            try
            {
                return FromRun(folder, store);
            }
            catch (RequestException) when (attempt < times && new CheckpointStore(folder.CheckpointsFolder).Index.Sha256 != store.Index.Sha256)
            {
                // Again, with the new index.
            }
        }
    }

    private static TrainedModel FromRun(RunFolder folder, CheckpointStore store)
    {
        // A run that has ended says which weights it ended with; one that was killed has at least a best or a last checkpoint.
        RunManifest manifest = RunManifest.Read(folder.ManifestFile);
        string? digest = manifest.WeightsDigest;
        CheckpointEntry entry = store.Index.Checkpoints.FirstOrDefault(c => c.WeightsDigest == digest) ?? store.Find("best");
        return new TrainedModel(store.Read(entry, CheckpointStore.ModelFile), Path.Combine(store.FolderOf(entry), CheckpointStore.ModelFile), folder.FullPath, entry.Name, manifest);
    }
}
