using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Safetensors;

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

    /// <summary>The experiment that made the weights, with its data and with these weights in its model.</summary>
    /// <param name="catalog">Where models and data sets are found by name.</param>
    /// <param name="dataPaths">Where the data lies now, as <c>data.root=PATH</c>; it must be the data that the run was trained on.</param>
    /// <param name="workingDirectory">Where a relative path of these starts; null for the process's own folder.</param>
    /// <exception cref="RequestException">The config or the weights do not fit what is here.</exception>
    public Experiment Load(ComponentCatalog catalog, IReadOnlyList<string>? dataPaths = null, string? workingDirectory = null)
    {
        if (!_file.Metadata.TryGetValue("regimen.config", out string? config))
        {
            throw new RequestException(new Problem("The file does not say what made it") { Where = _path, Expected = "regimen.config in its metadata: a model that Regimen trained" });
        }

        Experiment experiment;
        try
        {
            RunConfig made = RunConfig.FromJson(catalog, (JsonObject)StrictJson.Parse(config), _path) with { DataFolder = _manifest?.WorkingDirectory };
            experiment = Experiment.Prepare(DataPaths.With(made, dataPaths ?? [], workingDirectory ?? Environment.CurrentDirectory), catalog);
        }
        catch (Exception exception) when (exception is JsonException or InvalidCastException)
        {
            throw new RequestException(new Problem("The config in the file is damaged") { Where = _path, Received = exception.Message }, exception);
        }

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
