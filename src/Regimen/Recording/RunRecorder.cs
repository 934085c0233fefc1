using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>An observer that records a training of any module in a run folder: manifest, log, metrics, the loss of every step, checkpoints. An
/// interrupted or killed training resumes from it to the same result, bit for bit.</summary>
/// <remarks>
/// <para>The folder holds the settings, the state and the digests of weights and data, but not the program's code. To resume, the same program
/// must train with the same data and the same initial weights (<see cref="Trainer.CreateModel"/>), on the same machine and versions. Different
/// settings or data are an error; <see cref="RunVerifier"/> compares a whole training with its record.</para>
/// <para>If the record can't be written, the training ends with an error.</para>
/// </remarks>
public sealed class RunRecorder : ITrainObserver, IDisposable
{
    private readonly string _runs;
    private readonly string _name;
    private readonly CheckpointOptions _checkpoints;
    private readonly TimeProvider _time;
    private readonly SavedCheckpoint? _checkpoint;
    private readonly RunManifest? _recorded;
    private readonly IReadOnlyList<Problem> _damaged = [];
    private RunFolder? _folder;
    private UnsavedBuffers? _unsaved;
    private RunRecord? _record;
    private string? _digest;

    /// <summary>Records a new run. Its folder is created when the training begins.</summary>
    /// <param name="runs">The folder of all runs; created if it does not exist.</param>
    /// <param name="name">The end of the run folder's name, which begins with the time: <c>2026-11-26_14-03-22_moons</c>.</param>
    /// <param name="checkpoints">The options of saving and keeping checkpoints; null for the best and the last.</param>
    /// <param name="time">The time provider; null for the system's.</param>
    /// <exception cref="RequestException">The options are out of bounds.</exception>
    public RunRecorder(string runs, string name, CheckpointOptions? checkpoints = null, TimeProvider? time = null)
    {
        (_runs, _name) = (runs, name);
        _checkpoints = checkpoints ?? new CheckpointOptions();
        _time = time ?? TimeProvider.System;
        OptionsCheck.ThrowUnlessValid(_checkpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(runs);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
    }

    private RunRecorder(RunFolder folder, RunManifest manifest, SavedCheckpoint? checkpoint, IReadOnlyList<Problem> damaged, CheckpointOptions? checkpoints, TimeProvider? time)
        : this(folder.FullPath, folder.Name, checkpoints, time) => (_folder, _recorded, _checkpoint, _damaged) = (folder, manifest, checkpoint, damaged);

    /// <summary>The run's folder, absolute; null before the training of a new run has begun.</summary>
    public string? Folder => _folder?.FullPath;

    /// <summary>The point to continue from, for <see cref="Trainer"/>'s <c>Fit</c>; null for a new run, or a run without a checkpoint.</summary>
    public ResumePoint? From => _checkpoint?.Point;

    /// <summary>Opens a recorded run to resume it: pass the recorder to the trainer, and <see cref="From"/> to <c>Fit</c>.</summary>
    /// <param name="run">The run's folder, or <c>latest</c> in the folder of all runs: <c>runs/latest</c>.</param>
    /// <param name="checkpoints">The options of saving and keeping checkpoints; null for the best and the last.</param>
    /// <param name="time">The time provider; null for the system's.</param>
    /// <exception cref="RequestException">There is no such run, another process is using it, no checkpoint is valid, or the run has ended.</exception>
    public static RunRecorder Resume(string run, CheckpointOptions? checkpoints = null, TimeProvider? time = null)
    {
        RunFolder folder = Find(run);
        try
        {
            RunManifest manifest = RunManifest.Read(folder.ManifestFile);
            if (manifest.Program is null)
            {
                throw new RequestException(new Problem("This run was recorded from a config, not by a RunRecorder") { Where = folder.FullPath, Hint = "Resume it with: regimen resume RUN" });
            }

            if (manifest.Status is RunStatus.Finished or RunStatus.StoppedEarly)
            {
                throw new RequestException(new Problem("The run has already ended")
                {
                    Where = folder.FullPath,
                    Expected = "a run that was interrupted, failed or was killed",
                    Received = $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(manifest.Status.ToString())}: {manifest.Reason}",
                    Hint = "Begin a new run with new RunRecorder(runs, name).",
                });
            }

            folder.Lock();
            var store = new CheckpointStore(folder.CheckpointsFolder);
            SavedCheckpoint? newest = CheckpointReader.Newest(store, needsBest: true, out IReadOnlyList<Problem> damaged);
            return newest is null && damaged.Count > 0 ? throw new RequestException(damaged) : new RunRecorder(folder, manifest, newest, damaged, checkpoints, time);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.Started { Setup: { } setup } started)
        {
            Begin(setup, started.From);
        }

        if (_record is not { } record)
        {
            throw new InvalidOperationException("The recorder has received an event before a trainer's Started: one recorder records one training.");
        }

        if (trainEvent is TrainEvent.Failed failed)
        {
            record.Fail(failed.Exception.Message);
            return;
        }

        _unsaved!.Observe(trainEvent);
        record.Observe(trainEvent);
        if (trainEvent is TrainEvent.Ended ended)
        {
            _digest = Weights.Digest(ended.State.Model);
            record.Complete(_digest);
        }
    }

    /// <summary>Adds a test of the final weights to the record.</summary>
    /// <param name="result">The result of <see cref="Evaluator"/> on the test set.</param>
    /// <exception cref="InvalidOperationException">The training has not ended.</exception>
    /// <exception cref="WorkFailedException">The record can't be written.</exception>
    public void RecordTest(EvaluationResult result)
    {
        if (_record is not { } record || _digest is null)
        {
            throw new InvalidOperationException("A test is recorded after the training has ended.");
        }

        record.RecordTest(result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _record?.Dispose();
        _unsaved?.Dispose();
        _checkpoint?.Point.Dispose();
        _folder?.Dispose();
    }

    /// <summary>Finds a run by its folder, or the latest of a folder of runs.</summary>
    internal static RunFolder Find(string run)
    {
        string path = Path.GetFullPath(run);
        return Path.GetFileName(path) == "latest" && !Directory.Exists(path)
            ? RunFolder.Find("latest", Path.GetDirectoryName(path)!, Environment.CurrentDirectory)
            : RunFolder.Find(path, Path.GetDirectoryName(path)!, Environment.CurrentDirectory);
    }

    private void Begin(TrainSetup setup, Progress from)
    {
        if (_record is not null)
        {
            throw new InvalidOperationException("One recorder records one training: make another for the next.");
        }

        ThrowUnlessFromItsCheckpoint(from);
        Problem[] problems = [.. ModelStateCheck.OfTypes(setup.Model), .. ModelStateCheck.OfUnsavedBuffers(setup.Model, setup.Objective, setup.Train, setup.Options.Seed)];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

        _unsaved = new UnsavedBuffers(setup.Model);
        JsonObject settings = TrainingSettings.Of(setup, Threads.Current);
        var environment = RunEnvironment.OfProcess(GitState.Of(Environment.CurrentDirectory));
        RunContinuation? continuation = _recorded is null ? null : Continue(setup, settings, environment, _recorded);
        _folder ??= RunFolder.Create(_runs, _name, _time);
        RunManifest manifest = continuation is null ? RecordedSetup.Manifest(setup, environment, _time.GetUtcNow()) : _recorded!.Continued(continuation.Resumed!) with { Plan = RecordedSetup.Plan(setup) };
        Task<string>? fingerprint = manifest.DataFingerprint is null ? Task.Run(() => RecordedSetup.Fingerprint(setup)) : null;
        _record = new RunRecord(
            _folder,
            manifest,
            TrainingSettings.ToYaml(settings),
            RecordedSetup.Describe(setup),
            _checkpoints,
            Task.FromResult(RecordedSetup.Metadata(setup, settings)),
            _time,
            continuation,
            fingerprint);
    }

    /// <summary>A training from another point than the record's would leave a record with steps missing or cut off.</summary>
    private void ThrowUnlessFromItsCheckpoint(Progress from)
    {
        Progress expected = From?.At ?? default;
        if (from != expected)
        {
            throw new RequestException(new Problem("The training does not begin where the record ends")
            {
                Where = Folder ?? _runs,
                Expected = expected == default ? "the first step" : $"{expected}",
                Received = from == default ? "the first step" : $"{from}",
                Hint = "Pass the recorder's point to the trainer: trainer.Fit(…, from: recorder.From).",
            });
        }
    }

    private RunContinuation Continue(TrainSetup setup, JsonObject settings, RunEnvironment environment, RunManifest recorded)
    {
        if (_checkpoint is { } saved && saved.ModelMetadata.TryGetValue("regimen.settings", out string? json))
        {
            JsonObject made = StrictJson.Parse(json).AsObject();
            Problem[] differences = [.. TrainingSettings.Differences(made, settings), .. EpochProblems(setup, made["trainer"]?["epochs"]?.GetValue<int>(), saved.Point.At)];
            if (differences.Length > 0)
            {
                throw new RequestException(differences);
            }
        }

        if (recorded.DataFingerprint is { } expected && RecordedSetup.Fingerprint(setup) is var received && received != expected)
        {
            throw new RequestException(new Problem("The data is not the data that the run was trained on")
            {
                Where = Folder,
                Expected = $"fingerprint {expected}",
                Received = received,
                Hint = "Give the trainer the data set that the run was recorded with.",
            });
        }

        return RunContinuations.Of(recorded, _checkpoint, _damaged, environment, new Dictionary<string, IReadOnlyList<string>>(), _time.GetUtcNow());
    }

    /// <summary>More epochs are possible where no step before depends on their number; fewer where they are still to come.</summary>
    private static IEnumerable<Problem> EpochProblems(TrainSetup setup, int? recorded, Progress at)
    {
        if (setup.Options.Epochs != recorded && (setup.Options.Epochs < at.Epoch || setup.Options.Schedule.DependsOnTotalSteps))
        {
            yield return new Problem("The number of epochs can't be changed to this")
            {
                Where = "trainer.epochs",
                Expected = setup.Options.Schedule.DependsOnTotalSteps ? $"{recorded}: the schedule depends on it from the first step" : $"at least {at.Epoch}: the run has begun that epoch",
                Received = $"{setup.Options.Epochs}",
            };
        }
    }
}
