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

/// <summary>The weights of a run or checkpoint: the file, and the config of the run.</summary>
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

    /// <summary>The run's folder, absolute; null for a file that does not belong to a run.</summary>
    public string? RunFolder { get; }

    /// <summary>The checkpoint's name, or the path of a file that does not belong to a run.</summary>
    public string Checkpoint { get; }

    /// <summary>The metadata of the model's file.</summary>
    internal IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>The run's manifest; null for a file that does not belong to a run.</summary>
    internal RunManifest? Manifest => _manifest;

    /// <summary>The scaling of the target: <see cref="Data.TargetScale.From"/> converts the model's outputs to predictions in the target's original
    /// units. Null if the target is not scaled. Read from the model's file alone.</summary>
    /// <exception cref="RequestException">The file's metadata is damaged.</exception>
    public TargetScale? TargetScale => Read("pre-processing", () =>
        Preprocessing().OfType<JsonObject>().FirstOrDefault(s => s["name"]?.ToString() == TargetScale.StepName) is { } step ? TargetScale.Parse(step) : null);

    /// <summary>Finds the weights of a run (its final weights, which are the best ones if they were restored) or of a checkpoint.</summary>
    /// <param name="what">A run's folder or name, <c>latest</c>, a checkpoint's folder, or a <c>model.safetensors</c>.</param>
    /// <param name="runsRoot">The folder of all runs.</param>
    /// <param name="workingDirectory">The base of relative paths.</param>
    /// <exception cref="RequestException">No run or checkpoint of this name exists, or it is damaged.</exception>
    /// <param name="weights">Which weights of a run or checkpoint whose training averaged them; not for a file.</param>
    public static TrainedModel Find(string what, string runsRoot, string workingDirectory, WeightSet weights = WeightSet.Final)
    {
        string path = Path.GetFullPath(what, workingDirectory);
        string file = Directory.Exists(path) ? Path.Combine(path, CheckpointStore.ModelFile) : path;
        if (File.Exists(file))
        {
            return FromFile(file == path && weights == WeightSet.Final ? file : weights.FileIn(path));
        }

        // "runs/latest" is the latest run of that folder.
        bool isLatest = Path.GetFileName(what) == "latest" && Directory.Exists(Path.GetDirectoryName(path));
        using RunFolder folder = isLatest && what != "latest"
            ? Runs.RunFolder.Find("latest", Path.GetDirectoryName(path)!, workingDirectory)
            : Runs.RunFolder.Find(what, runsRoot, workingDirectory);
        return FromRun(folder, weights);
    }

    /// <summary>Creates the model with these weights from the file alone, without reading data.</summary>
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
            return new OpenModel(device is null ? model : model.to(device), context, config, Preprocessing(), TargetScale, config.Objective.Options.For(context.Classes))
            {
                SampleShape = SampleShape() ?? context.InputShape,
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Loads the experiment of the run with its data, and with these weights in its model.</summary>
    /// <param name="catalog">The models and data sets by name.</param>
    /// <param name="dataPaths">The new paths of moved data, such as <c>data.root=PATH</c>; it must be the data that the run was trained on.</param>
    /// <param name="workingDirectory">The base of relative paths; null for the process's working directory.</param>
    /// <exception cref="RequestException">The config or the weights do not fit the data, the catalog or the model.</exception>
    public Experiment Load(ComponentCatalog catalog, IReadOnlyList<string>? dataPaths = null, string? workingDirectory = null)
    {
        RunConfig made = Config(catalog) with { DataFolder = _manifest?.WorkingDirectory, RecordedInit = RecordedInit.NotNeeded };
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

    /// <summary>Returns the problem if an experiment's data is not what the run was trained on; null where it is, and for a file outside of any
    /// run.</summary>
    internal Problem? DataProblem(Experiment experiment) => _manifest?.DataFingerprint is null ? null : experiment.DataProblem(_manifest);

    private RunConfig Config(ComponentCatalog catalog)
    {
        _manifest?.ThrowUnlessOfConfig(RunFolder ?? _path);
        if (!_file.Metadata.TryGetValue("regimen.config", out string? config))
        {
            throw new RequestException(new Problem("The file has no config") { Where = _path, Expected = "regimen.config in its metadata, as in a model trained by Regimen" });
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
        if (classes.Length == 0 || SampleShape() is not { } shape)
        {
            throw new RequestException(new Problem("The file does not contain the number of outputs of its model")
            {
                Where = _path,
                Expected = $"{ModelMetadata.Context} in its metadata",
                Hint = "An earlier version wrote the file: `regimen evaluate` opens it with its data, and `regimen resume` rewrites it.",
            });
        }

        shape = config.Transforms.Eval.Aggregate(shape, (s, transform) => transform.Transformed(s));
        int outputs = config.Objective.Options.Task.Outputs(new DatasetTarget(TargetKind.ClassIndex, 1), classes);
        return ModelContext.Of(shape, outputs) with { Classes = classes };
    }

    private SampleShape? SampleShape() => _file.Metadata.TryGetValue("regimen.sample_shape", out string? sample)
        ? Read("sample's shape", () => new SampleShape([.. StrictJson.Parse(sample).AsArray().Select(d => d!.GetValue<int>())]))
        : null;

    private JsonArray Preprocessing()
        => Read("pre-processing", () => StrictJson.Parse(_file.Metadata.GetValueOrDefault("regimen.preprocessing", "[]")).AsArray());

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
        // A checkpoint in a run's folder is verified against the run's index.
        string folder = Path.GetDirectoryName(file)!;
        string? checkpoints = Path.GetDirectoryName(folder);
        if (checkpoints is not null && File.Exists(Path.Combine(checkpoints, CheckpointStore.IndexFile)))
        {
            var store = new CheckpointStore(checkpoints);
            CheckpointEntry entry = store.Find(Path.GetFileName(folder));
            string run = Path.GetDirectoryName(checkpoints)!;
            string manifest = Path.Combine(run, "run.json");
            return new TrainedModel(
                store.Read(entry, Path.GetFileName(file) == CheckpointStore.RawFile ? CheckpointStore.RawFile : CheckpointStore.ModelFile), file, run, Path.GetFileName(folder), File.Exists(manifest) ? RunManifest.Read(manifest) : null);
        }

        return new TrainedModel(SafetensorsFile.Read(file), file, null, file, manifest: null);
    }

    /// <summary>Reads the checkpoint, with retries: a run in training replaces its checkpoints, so that one named by the index may be deleted before
    /// it is read. The new index names the existing ones.</summary>
    private static TrainedModel FromRun(RunFolder folder, WeightSet weights)
    {
        const int times = 100;
        for (int attempt = 1; ; attempt++)
        {
            var store = new CheckpointStore(folder.CheckpointsFolder);
            try
            {
                return FromRun(folder, store, weights);
            }
            catch (RequestException) when (attempt < times && new CheckpointStore(folder.CheckpointsFolder).Index.Sha256 != store.Index.Sha256)
            {
                // Retry with the new index.
            }
        }
    }

    private static TrainedModel FromRun(RunFolder folder, CheckpointStore store, WeightSet weights)
    {
        // The manifest of an ended run has the digest of its final weights. A killed run has at least a best or a last checkpoint.
        RunManifest manifest = RunManifest.Read(folder.ManifestFile);
        manifest.ThrowIfImported(folder.FullPath);
        string? digest = manifest.WeightsDigest;
        CheckpointEntry entry = store.Index.Checkpoints.FirstOrDefault(c => c.WeightsDigest == digest) ?? store.Find("best");
        string file = weights.FileIn(store.FolderOf(entry));
        return new TrainedModel(store.Read(entry, Path.GetFileName(file)), file, folder.FullPath, entry.Name, manifest);
    }
}
