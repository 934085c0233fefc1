using System.Globalization;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Experiments;

/// <summary>A run's folder, read to go on with the run.</summary>
public sealed class RunResumption : IDisposable
{
    /// <summary>What may be changed when a run goes on: it has no say in the bits of the steps to come.</summary>
    public static readonly IReadOnlyList<string> Changeable =
        ["trainer.epochs", "checkpoint.keep", "checkpoint.every_steps", "loader.workers", "loader.prefetch", "stop_signals"];

    private RunResumption(RunConfig config, RunManifest manifest, IReadOnlyList<ConfigDifference> changes)
    {
        Config = config;
        Manifest = manifest;
        Changes = changes;
    }

    /// <summary>The config to go on with.</summary>
    public RunConfig Config { get; }

    /// <summary>The run's record so far.</summary>
    public RunManifest Manifest { get; }

    /// <summary>What is changed: the old value and the new one.</summary>
    public IReadOnlyList<ConfigDifference> Changes { get; }

    /// <summary>The checkpoint to go on from; null to begin anew.</summary>
    public SavedCheckpoint? Checkpoint { get; private init; }

    /// <summary>What is wrong with newer checkpoints.</summary>
    public IReadOnlyList<Problem> Damaged { get; private init; } = [];

    /// <summary>Reads and checks everything; changes nothing.</summary>
    /// <param name="folder">The run's folder, locked.</param>
    /// <param name="catalog">Where models and data sets are found by name.</param>
    /// <param name="overrides">What to change, as <c>trainer.epochs=40</c>, and where the data lies now, as <c>data.root=PATH</c>.</param>
    /// <param name="workingDirectory">Where a relative path of the overrides starts; null for the process's own folder.</param>
    /// <exception cref="RequestException">The run can't go on, or not so.</exception>
    public static RunResumption Read(RunFolder folder, ComponentCatalog catalog, IReadOnlyList<string> overrides, string? workingDirectory = null)
    {
        RunManifest manifest = RunManifest.Read(folder.ManifestFile);
        manifest.ThrowUnlessOfConfig(folder.FullPath);
        RunConfig recorded = RunConfig.FromYamlFile(catalog, folder.ConfigFile);
        (IReadOnlyList<string> paths, IReadOnlyList<string> others) = DataPaths.Split(overrides);
        RunConfig config = others.Count == 0 ? recorded : RunConfig.FromYamlFile(catalog, folder.ConfigFile, others);
        config = DataPaths.With(config, paths, workingDirectory ?? Environment.CurrentDirectory) with { DataFolder = manifest.WorkingDirectory };
        IReadOnlyList<ConfigDifference> changes = ConfigDifference.Between(recorded.ToJson(), config.ToJson());
        ThrowUnlessChangeable(changes, overrides, folder);

        var store = new CheckpointStore(folder.CheckpointsFolder);
        bool needsBest = config.EarlyStopping is { RestoreBest: true };
        SavedCheckpoint? newest = CheckpointReader.Newest(store, needsBest, out IReadOnlyList<Problem> damaged);
        if (newest is null && damaged.Count > 0)
        {
            throw new RequestException([.. ForeignCheckpoints(store, config, folder), .. damaged, new Problem("No checkpoint of this run is whole")
            {
                Where = folder.CheckpointsFolder,
                Hint = $"regimen train --config {ShellText.Word(folder.ConfigFile)} makes the same run again from its first step.",
            }]);
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

    /// <summary>Whether a run has ended by itself, so that there is nothing to go on with unless it is made longer.</summary>
    public static bool IsOver(RunManifest manifest) => manifest.Status is RunStatus.Finished or RunStatus.StoppedEarly && manifest.WeightsDigest is not null;

    /// <inheritdoc/>
    public void Dispose() => Checkpoint?.Point.Dispose();

    /// <summary>How the record goes on.</summary>
    internal RunContinuation Continuation(RunEnvironment environment, DateTimeOffset now)
    {
        ResumePoint? point = Checkpoint?.Point;
        Progress at = point?.At ?? default;
        RunVersions? others = environment.Versions == Manifest.Versions ? null : environment.Versions;
        var changed = Changes.ToDictionary(c => c.Key, IReadOnlyList<string> (c) => [c.First ?? string.Empty, c.Second ?? string.Empty]);
        return new RunContinuation(
            new RunResumed(now, Checkpoint?.Entry.Name, at.Epoch, at.Step, Manifest.Status, changed, others, environment.Git),
            Checkpoint?.Entry,
            point?.History ?? History.Empty,
            point?.SecondsSoFar ?? 0,
            [.. Notes(environment)]);
    }

    /// <summary>What whoever resumes should know: damaged checkpoints that were passed over, versions and machines that differ.</summary>
    public IEnumerable<string> Notes(RunEnvironment environment)
    {
        foreach (Problem problem in Damaged)
        {
            yield return $"passed over a newer checkpoint: {problem}";
        }

        foreach (string difference in RunVersions.Differences(Manifest.Versions, environment.Versions))
        {
            yield return $"{difference}: the bits of the steps to come may differ";
        }
    }

    /// <summary>One problem for all that was asked for together: a choice as <c>data=csv</c> changes many keys, and one command makes the
    /// other run.</summary>
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
        throw new RequestException(new Problem($"{keys}{more} can't be changed when a run goes on")
        {
            Where = string.Join(' ', overrides),
            Expected = $"a change of {string.Join(", ", Changeable)}",
            Received = refused.Length == 1 ? $"{first.First} in the run, {first.Second} now" : $"{first.Key} {first.First ?? "without a value"} in the run, {first.Second ?? "none"} now, and others",
            Hint = $"For another run: regimen train --config {ShellText.Word(folder.ConfigFile)} {string.Join(' ', overrides.Select(ShellText.Word))}",
        });
    }

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
            yield return new Problem("The run has ended; there is nothing left to do differently")
            {
                Where = folder.FullPath,
                Hint = "trainer.epochs=N makes it longer.",
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
            Config.Schedule.Options.DependsOnTotalSteps ? $"schedule={Config.Schedule.Name} depends on the number of steps in all: a longer run has other learning rates from its first step on"
            : Manifest.Status == RunStatus.StoppedEarly ? $"early stopping ended it ({Manifest.Reason}); with more epochs it ends there too"
            : Manifest.Steps > 0 && Manifest.Steps == Config.Trainer.MaxSteps ? $"trainer.max_steps={Config.Trainer.MaxSteps} ended it; with more epochs it ends there too"
            : null;
        int begun = Checkpoint?.Point.At.Epoch ?? 0;
        if (reason is not null)
        {
            yield return new Problem("This run can't be made longer or shorter") { Where = $"trainer.epochs={change.Second}", Received = reason, Hint = "Train a new run with that many epochs." };
        }
        else if (Config.Trainer.Epochs < begun)
        {
            yield return new Problem("The run has more epochs already")
            {
                Where = $"trainer.epochs={change.Second}",
                Expected = $"at least {begun.ToString(CultureInfo.InvariantCulture)}",
                Received = $"{change.Second}",
            };
        }
    }

    /// <summary>What says that checkpoints are another run's, which explains best why they can't be used.</summary>
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
                // Damaged: that is told already.
                continue;
            }

            foreach (Problem problem in problems)
            {
                yield return problem;
            }
        }
    }

    private IEnumerable<Problem> OtherConfig(SavedCheckpoint checkpoint, RunFolder folder) => OtherConfig(checkpoint.ModelMetadata, Config, checkpoint.Entry.Name, folder);

    /// <summary>A checkpoint knows the config that made it: a config.yaml that was changed by hand would give neither the old run nor a new one.</summary>
    private static IEnumerable<Problem> OtherConfig(IReadOnlyDictionary<string, string> modelMetadata, RunConfig config, string checkpoint, RunFolder folder)
        => CheckpointConfig.Differences(modelMetadata, config, checkpoint).Select(d => new Problem($"config.yaml is not what the run was made with: `{d.Key}` differs")
        {
            Where = folder.ConfigFile,
            Expected = $"{d.First} (the checkpoint's)",
            Received = d.Second ?? "no such key",
            Hint = "Put the value back, or train another run with it.",
        });
}
