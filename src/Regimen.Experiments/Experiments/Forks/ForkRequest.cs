using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Recording;
using Regimen.Runs;

namespace Regimen.Experiments;

/// <summary>A run to fork, the checkpoint to start from, and the config of the fork.</summary>
internal sealed class ForkRequest : IDisposable
{
    private ForkRequest(RunFolder parent, RunManifest manifest, RunConfig recorded, RunConfig config, SavedCheckpoint checkpoint, CheckpointEntry? best)
        => (Parent, Manifest, Recorded, Config, Checkpoint, Best) = (parent, manifest, recorded, config, checkpoint, best);

    /// <summary>The folder of the parent, which is only read.</summary>
    public RunFolder Parent { get; }

    /// <summary>The parent's manifest.</summary>
    public RunManifest Manifest { get; }

    /// <summary>The parent's config.</summary>
    public RunConfig Recorded { get; }

    /// <summary>The config of the fork.</summary>
    public RunConfig Config { get; }

    /// <summary>The checkpoint to start from.</summary>
    public SavedCheckpoint Checkpoint { get; }

    /// <summary>The best checkpoint up to there; null if there was no validation, or if it was removed.</summary>
    public CheckpointEntry? Best { get; }

    /// <summary>Whether the fork ends with its best weights, so that those up to the checkpoint are needed.</summary>
    public bool NeedsBest => Config.EarlyStopping is { RestoreBest: true };

    /// <summary>Reads and checks the parent, without changing it.</summary>
    /// <param name="parent">The parent's folder. Another process may be training it.</param>
    /// <param name="checkpoint">A checkpoint's name, <c>best</c> or <c>last</c>.</param>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="overrides">The keys of the fork that differ, and new paths of moved data, such as <c>data.root=PATH</c>.</param>
    /// <param name="workingDirectory">The base of relative paths in the overrides.</param>
    /// <exception cref="RequestException">The run can't be forked, or not with these changes; all problems that are known before the data is read.</exception>
    public static ForkRequest Read(RunFolder parent, string checkpoint, ComponentCatalog catalog, IReadOnlyList<string> overrides, string workingDirectory)
    {
        RunManifest manifest = RunManifest.Read(parent.ManifestFile);
        manifest.ThrowUnlessOfConfig(parent.FullPath);
        RunConfig recorded = RunConfig.FromYamlFile(catalog, parent.ConfigFile);
        (IReadOnlyList<string> paths, IReadOnlyList<string> others) = DataPaths.Split(overrides);
        RunConfig config = others.Count == 0 ? recorded : RunConfig.FromYamlFile(catalog, parent.ConfigFile, others);
        Problem[] refused = [.. ForkRules.OfKeys(recorded, config, parent)];
        if (refused.Length > 0)
        {
            throw new RequestException(refused);
        }

        config = DataPaths.With(config, paths, workingDirectory) with { DataFolder = manifest.WorkingDirectory, RecordedInit = ExperimentInit.Of(parent, manifest) };
        var store = new CheckpointStore(parent.CheckpointsFolder);
        CheckpointEntry entry = store.Find(checkpoint);
        SavedCheckpoint saved = CheckpointReader.ReadWhole(store, entry, needsBest: false);
        try
        {
            Progress? bestAt = CheckpointReader.BestOf(store.Read(entry, CheckpointStore.TrainingFile))?.At;
            var request = new ForkRequest(parent, manifest, recorded, config, saved, store.Index.Checkpoints.FirstOrDefault(c => c.Step == bestAt?.Step));
            Problem[] problems = [.. request.BestProblems(bestAt), .. ForkRules.OfCheckpoint(request)];
            return problems.Length == 0 ? request : throw new RequestException(problems);
        }
        catch
        {
            saved.Point.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the data, the model and the steps are those of the parent, and that steps are left.</summary>
    /// <param name="experiment">The experiment of <see cref="Config"/>.</param>
    /// <exception cref="RequestException">They are not; all problems.</exception>
    public void Check(Experiment experiment)
    {
        Problem[] problems = [.. ForkRules.OfExperiment(this, experiment)];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Returns the changes to the parent's config: key, then old and new value.</summary>
    /// <param name="experiment">The experiment of <see cref="Config"/>.</param>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Changed(Experiment experiment) => ConfigDifference.Between(Recorded.ToJson(), experiment.Config.ToJson())
        .ToDictionary(c => c.Key, IReadOnlyList<string> (c) => [c.First ?? string.Empty, c.Second ?? string.Empty]);

    /// <summary>Returns notes for the user: the versions or the machine are not the parent's.</summary>
    public IEnumerable<string> Notes(RunEnvironment environment) => RunContinuations.Notes(Manifest, [], environment);

    /// <inheritdoc/>
    public void Dispose() => Checkpoint.Point.Dispose();

    /// <summary>A run that ends with its best weights needs those up to the checkpoint: they may stay the best.</summary>
    private IEnumerable<Problem> BestProblems(Progress? bestAt)
    {
        if (NeedsBest && bestAt is { } moment && Best is null)
        {
            yield return new Problem("The best weights at this checkpoint are no longer available")
            {
                Where = Path.Combine(Parent.CheckpointsFolder, Checkpoint.Entry.Name),
                Expected = $"a checkpoint of {moment}",
                Hint = "Fork another checkpoint (RUN@best), or set early_stopping.restore_best=false. checkpoint.keep=N keeps more checkpoints.",
            };
        }
    }
}
