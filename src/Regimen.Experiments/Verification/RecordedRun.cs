using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Experiments;
using Regimen.Runs;

namespace Regimen.Verification;

/// <summary>The record of a run, read from its folder for a verification.</summary>
internal sealed class RecordedRun
{
    private RecordedRun(RunFolder folder, RunConfig config, RunManifest manifest, float[] losses, IReadOnlyList<Pass> passes)
    {
        Folder = folder;
        Config = config;
        Manifest = manifest;
        Losses = losses;
        Passes = passes;
    }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The config.</summary>
    public RunConfig Config { get; }

    /// <summary>The manifest.</summary>
    public RunManifest Manifest { get; }

    /// <summary>Whether the run is recorded as having ended by itself.</summary>
    public bool IsOver => RunResumption.IsOver(Manifest);

    /// <summary>What the run started from; null unless it is a fork.</summary>
    internal ForkOrigin? Origin { get; private set; }

    /// <summary>The step after which the run is trained again: 0, or that of the checkpoint that it was forked from.</summary>
    internal long FirstStep => Origin?.Entry.Step ?? 0;

    /// <summary>The loss of each step.</summary>
    internal float[] Losses { get; }

    /// <summary>The rows of its metrics.</summary>
    internal IReadOnlyList<Pass> Passes { get; }

    /// <summary>The valid checkpoints.</summary>
    internal IReadOnlyList<RecordedCheckpoint> Checkpoints { get; private set; } = [];

    /// <summary>The index of the checkpoints.</summary>
    internal CheckpointIndex Index { get; private set; } = CheckpointIndex.Empty;

    /// <summary>The inconsistencies within the folder, found without training.</summary>
    internal IReadOnlyList<Problem> Findings { get; private set; } = [];

    /// <summary>Reads a run's folder.</summary>
    /// <exception cref="RequestException">A required file is missing or can't be read, or no step is recorded yet.</exception>
    /// <param name="folder">The run's folder.</param>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="dataPaths">The new paths of moved data, such as <c>data.root=PATH</c>.</param>
    /// <param name="workingDirectory">The base of relative paths; null for the process's working directory.</param>
    public static RecordedRun Read(RunFolder folder, ComponentCatalog catalog, IReadOnlyList<string>? dataPaths = null, string? workingDirectory = null)
    {
        RunManifest manifest = RunManifest.Read(folder.ManifestFile);
        manifest.ThrowUnlessOfConfig(folder.FullPath);
        RunConfig config = DataPaths.With(RunConfig.FromYamlFile(catalog, folder.ConfigFile), dataPaths ?? [], workingDirectory ?? Environment.CurrentDirectory)
            with { DataFolder = manifest.WorkingDirectory, RecordedInit = ExperimentInit.Of(folder, manifest) };
        float[] losses = StepLossFile.ReadAll(folder.StepsFile);
        var origin = ForkOrigin.Open(folder, manifest);
        if (losses.Length <= (origin?.Entry.Step ?? 0))
        {
            throw new RequestException(new Problem("The run has recorded no step yet") { Where = folder.StepsFile, Hint = "Resume it: regimen resume RUN." });
        }

        var run = new RecordedRun(folder, config, manifest, losses, MetricsFile.ReadPasses(folder.MetricsFile)) { Origin = origin };
        var findings = new List<Problem>();
        run.Findings = findings;
        run.CheckManifest(findings);
        run.Checkpoints = run.CheckCheckpoints(findings);
        findings.AddRange(origin is null ? [] : ForkComparison.Of(run, origin));
        return run;
    }

    private void CheckManifest(List<Problem> findings)
    {
        (string Key, string? Config, string? Manifest)[] twice =
        [
            ("seed", $"{Config.Seed}", $"{Manifest.Seed}"),
            ("threads", $"{Config.Threads ?? Manifest.Threads}", $"{Manifest.Threads}"),
            ("model", Config.Model.Name, Manifest.Model),
            ("data", Config.Data.Name, Manifest.Data),
            ("init.from", Config.Init.From, Manifest.Init?.From),
            ("init.digest", Config.Init.Digest, Manifest.Init?.Digest),
        ];
        findings.AddRange(twice.Where(t => t.Config != t.Manifest).Select(t => new Problem($"config.yaml and run.json do not agree on `{t.Key}`")
        {
            Where = Folder.FullPath,
            Expected = $"{t.Manifest ?? "none"} (run.json)",
            Received = $"{t.Config ?? "none"} (config.yaml)",
        }));
        if (IsOver && Manifest.Steps != Losses.Length)
        {
            findings.Add(new Problem("The number of recorded losses differs from the number of steps") { Where = Folder.StepsFile, Expected = $"{Manifest.Steps} losses", Received = $"{Losses.Length}" });
        }
    }

    private List<RecordedCheckpoint> CheckCheckpoints(List<Problem> findings)
    {
        var valid = new List<RecordedCheckpoint>();
        try
        {
            var store = new CheckpointStore(Folder.CheckpointsFolder);
            Index = store.Index;
            foreach (CheckpointEntry entry in store.Index.Checkpoints)
            {
                try
                {
                    RecordedCheckpoint checkpoint = RecordedCheckpoint.Read(store, entry);
                    if (checkpoint.NameProblem(Folder.CheckpointsFolder) is { } name)
                    {
                        findings.Add(name);
                    }

                    findings.AddRange(CheckpointConfig.Differences(checkpoint.ModelMetadata, Config, entry.Name).Select(d => new Problem($"config.yaml differs from the config of checkpoint {entry.Name}: `{d.Key}` differs")
                    {
                        Where = Folder.ConfigFile,
                        Expected = d.First ?? "no such key",
                        Received = d.Second ?? "no such key",
                    }));
                    valid.Add(checkpoint);
                }
                catch (RequestException exception)
                {
                    findings.AddRange(exception.Problems);
                }
            }
        }
        catch (RequestException exception)
        {
            findings.AddRange(exception.Problems);
        }

        return valid;
    }
}
