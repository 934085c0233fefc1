using System.Globalization;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Experiments;

/// <summary>The config, manifest and checkpoint of a run to resume.</summary>
public sealed class RunResumption : IDisposable
{
    /// <summary>The keys that may be changed when a run is resumed, because they do not affect the bits of the remaining steps.</summary>
    public static readonly IReadOnlyList<string> Changeable =
        ["trainer.epochs", "trainer.max_minutes", "checkpoint.keep", "checkpoint.every_steps", "checkpoint.every_minutes", "loader.workers", "loader.prefetch", "stop_signals", "otlp", "tensorboard.histograms"];

    private RunResumption(RunConfig config, RunManifest manifest, IReadOnlyList<ConfigDifference> changes)
    {
        Config = config;
        Manifest = manifest;
        Changes = changes;
    }

    /// <summary>The config of the resumed run.</summary>
    public RunConfig Config { get; }

    /// <summary>The run's manifest so far.</summary>
    public RunManifest Manifest { get; }

    /// <summary>The changed keys, with old and new values.</summary>
    public IReadOnlyList<ConfigDifference> Changes { get; }

    /// <summary>The checkpoint to resume from; null to start from the first step.</summary>
    internal SavedCheckpoint? Checkpoint { get; private init; }

    /// <summary>The problems of newer checkpoints that were skipped.</summary>
    public IReadOnlyList<Problem> Damaged { get; private init; } = [];

    /// <summary>Reads and checks the run's folder, without changing it.</summary>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="catalog">The catalog of components by name.</param>
    /// <param name="overrides">The changed keys, such as <c>trainer.epochs=40</c>, and new paths of moved data, such as <c>data.root=PATH</c>.</param>
    /// <param name="workingDirectory">The base of relative paths in the overrides; null for the process's working directory.</param>
    /// <exception cref="RequestException">The run can't be resumed, or not with these changes.</exception>
    public static RunResumption Read(RunFolder folder, ComponentCatalog catalog, IReadOnlyList<string> overrides, string? workingDirectory = null)
    {
        RunManifest manifest = RunManifest.Read(folder.ManifestFile);
        manifest.ThrowUnlessOfConfig(folder.FullPath);
        RunConfig recorded = RunConfig.FromYamlFile(catalog, folder.ConfigFile);
        (IReadOnlyList<string> paths, IReadOnlyList<string> others) = DataPaths.Split(overrides);
        RunConfig config = others.Count == 0 ? recorded : RunConfig.FromYamlFile(catalog, folder.ConfigFile, others);
        config = DataPaths.With(config, paths, workingDirectory ?? Environment.CurrentDirectory) with { DataFolder = manifest.WorkingDirectory, RecordedInit = ExperimentInit.Of(folder, manifest) };
        IReadOnlyList<ConfigDifference> changes = ConfigDifference.Between(recorded.ToJson(), config.ToJson());
        ThrowUnlessChangeable(changes, overrides, folder);

        var store = new CheckpointStore(folder.CheckpointsFolder);
        bool needsBest = config.EarlyStopping is { RestoreBest: true };
        SavedCheckpoint? newest = CheckpointReader.Newest(store, needsBest, out IReadOnlyList<Problem> damaged);
        if (newest is null && damaged.Count > 0)
        {
            throw new RequestException([.. ForeignCheckpoints(store, config, folder), .. damaged, new Problem("This run has no valid checkpoint")
            {
                Where = folder.CheckpointsFolder,
                Hint = $"regimen train --config {ShellText.Word(folder.ConfigFile)} repeats the same run from its first step.",
            }]);
        }

        if (newest is null && manifest.Fork is { } fork)
        {
            throw new RequestException(new Problem("The checkpoints of this fork are missing, the one that it started from too")
            {
                Where = folder.CheckpointsFolder,
                Expected = $"{fork.Checkpoint} or a later one",
                Hint = "Restore the folder, or fork the parent again.",
            });
        }

        var resumption = new RunResumption(config, manifest, changes) { Checkpoint = newest, Damaged = damaged };
        try
        {
            resumption.ThrowUnlessItCanGoOn(folder);
            return resumption;
        }
        catch
        {
            resumption.Dispose();
            throw;
        }
    }

    /// <summary>Whether a run has ended by itself, so that it can only be resumed with more epochs.</summary>
    public static bool IsOver(RunManifest manifest) => manifest.Status is RunStatus.Finished or RunStatus.StoppedEarly && manifest.WeightsDigest is not null;

    /// <inheritdoc/>
    public void Dispose() => Checkpoint?.Point.Dispose();

    /// <summary>Returns the point from which the record continues.</summary>
    internal RunContinuation Continuation(RunEnvironment environment, DateTimeOffset now)
    {
        var changed = Changes.ToDictionary(c => c.Key, IReadOnlyList<string> (c) => [c.First ?? string.Empty, c.Second ?? string.Empty]);
        return RunContinuations.Of(Manifest, Checkpoint, Damaged, environment, changed, now);
    }

    /// <summary>Returns notes for the user: damaged checkpoints that were skipped, and differences of versions and machine.</summary>
    public IEnumerable<string> Notes(RunEnvironment environment) => RunContinuations.Notes(Manifest, Damaged, environment);

    /// <summary>Throws one problem for all changes that are not allowed: a choice such as <c>data=csv</c> changes many keys, and one command
    /// trains the changed run.</summary>
    private static void ThrowUnlessChangeable(IReadOnlyList<ConfigDifference> changes, IReadOnlyList<string> overrides, RunFolder folder)
    {
        ConfigDifference[] refused = [.. changes.Where(c => !Changeable.Contains(c.Key) && !DataPaths.IsPath(c.Key))];
        if (refused is not [var first, ..])
        {
            return;
        }

        const int Named = 3;
        string keys = string.Join(", ", refused.Take(Named).Select(c => $"`{c.Key}`"));
        string more = refused.Length > Named ? $" and {refused.Length - Named} more keys" : string.Empty;
        throw new RequestException(new Problem($"{keys}{more} can't be changed when a run is resumed")
        {
            Where = string.Join(' ', overrides),
            Expected = $"a change of {string.Join(", ", Changeable)}",
            Received = refused.Length == 1 ? $"{first.First} in the run, {first.Second} now" : $"{first.Key} {first.First ?? "without a value"} in the run, {first.Second ?? "none"} now, and others",
            Hint = $"{ForkHint(refused, overrides, folder)}For another run: regimen train --config {ShellText.Word(folder.ConfigFile)} {string.Join(' ', overrides.Select(ShellText.Word))}",
        });
    }

    /// <summary>Returns the command that trains on from the newest checkpoint with these values, unless a fork refuses them too.</summary>
    private static string ForkHint(IEnumerable<ConfigDifference> refused, IReadOnlyList<string> overrides, RunFolder folder)
        => refused.Any(c => ForkRules.IsRefused(c.Key) || c.Key.StartsWith("model.", StringComparison.Ordinal)) ? string.Empty
            : $"For a new run that goes on from the last checkpoint: regimen fork {ShellText.Word(folder.FullPath)} {string.Join(' ', overrides.Select(ShellText.Word))}\n  ";

    private void ThrowUnlessItCanGoOn(RunFolder folder)
    {
        Problem[] problems = [.. EpochsProblems(), .. IsOver(Manifest) ? NothingLeft(folder) : [], .. Checkpoint is { } checkpoint ? OtherConfig(checkpoint, folder) : []];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    private IEnumerable<Problem> NothingLeft(RunFolder folder)
    {
        if (Changes.All(c => c.Key != "trainer.epochs"))
        {
            yield return new Problem("The run has already ended; the changes would have no effect")
            {
                Where = folder.FullPath,
                Hint = "To train for more epochs, set trainer.epochs=N.",
            };
        }
    }

    private IEnumerable<Problem> EpochsProblems()
    {
        if (Changes.FirstOrDefault(c => c.Key == "trainer.epochs") is not { } change)
        {
            yield break;
        }

        string? reason =
            Config.Schedule.Options.DependsOnTotalSteps ? $"schedule={Config.Schedule.Name} depends on the total number of steps: a longer run has different learning rates from its first step"
            : Manifest.StoppedBy == TrainOptions.TimeLimit ? $"trainer.max_minutes ended it ({Manifest.Reason}); a longer run would have gone on within that epoch"
            : Manifest.StoppedBy is { } observer ? $"the observer {observer} ended it ({Manifest.Reason})"
            : Manifest.Status == RunStatus.StoppedEarly ? $"early stopping ended it ({Manifest.Reason}); with more epochs it would end at the same step"
            : Manifest.Steps > 0 && Manifest.Steps == Config.Trainer.MaxSteps ? $"trainer.max_steps={Config.Trainer.MaxSteps} ended it; with more epochs it would end at the same step"
            : null;
        int begun = Checkpoint?.Point.At.Epoch ?? 0;
        if (reason is not null)
        {
            yield return new Problem("The number of epochs of this run can't be changed") { Where = $"trainer.epochs={change.Second}", Received = reason, Hint = $"Train a new run with that many epochs, or fork this one, from an earlier checkpoint if it was stopped: regimen fork RUN[@CHECKPOINT] trainer.epochs={change.Second}" };
        }
        else if (Config.Trainer.Epochs < begun)
        {
            yield return new Problem("The run already has more epochs")
            {
                Where = $"trainer.epochs={change.Second}",
                Expected = $"at least {begun.ToString(CultureInfo.InvariantCulture)}",
                Received = $"{change.Second}",
            };
        }
    }

    /// <summary>Returns the problems of checkpoints that belong to another run.</summary>
    private static IEnumerable<Problem> ForeignCheckpoints(CheckpointStore store, RunConfig config, RunFolder folder)
    {
        foreach (CheckpointEntry entry in store.Index.Checkpoints)
        {
            Problem[] problems;
            try
            {
                problems = [.. OtherConfig(store.Read(entry, CheckpointStore.ModelFile).Metadata, config, entry.Name, folder)];
            }
            catch (RequestException)
            {
                // A damaged checkpoint has already been reported.
                continue;
            }

            foreach (Problem problem in problems)
            {
                yield return problem;
            }
        }
    }

    private IEnumerable<Problem> OtherConfig(SavedCheckpoint checkpoint, RunFolder folder) => OtherConfig(checkpoint.ModelMetadata, Config, checkpoint.Entry.Name, folder);

    /// <summary>Returns the differences between config.yaml and a checkpoint's config: an edited config.yaml would continue neither the old run nor
    /// train a new one.</summary>
    private static IEnumerable<Problem> OtherConfig(IReadOnlyDictionary<string, string> modelMetadata, RunConfig config, string checkpoint, RunFolder folder)
        => CheckpointConfig.Differences(modelMetadata, config, checkpoint).Select(d => new Problem($"config.yaml differs from the config of the run: `{d.Key}` differs")
        {
            Where = folder.ConfigFile,
            Expected = $"{d.First} (the checkpoint's)",
            Received = d.Second ?? "no such key",
            Hint = "Restore the value, and give it to a new run: regimen fork RUN key=value goes on from the last checkpoint, regimen train --config from the first step.",
        });
}
