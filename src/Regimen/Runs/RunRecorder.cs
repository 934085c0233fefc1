using System.Text;
using Regimen.Tracking;
using Regimen.Training;

namespace Regimen.Runs;

/// <summary>Writes a run's folder while it trains: manifest, log, metrics, the loss of every step, TensorBoard, checkpoints.</summary>
/// <remarks>The record is part of the work: where it can't be written, the run ends (TensorBoard's drawing excepted).</remarks>
public sealed class RunRecorder : ITrainObserver, IDisposable
{
    private readonly RunFolder _folder;
    private readonly CheckpointOptions _checkpoints;
    private readonly IReadOnlyDictionary<string, string> _modelMetadata;
    private readonly TimeProvider _time;
    private readonly RunLog _log;
    private readonly StepLossFile _steps;
    private readonly MetricsFile _metrics;
    private readonly TensorBoardObserver _tensorBoard;
    private readonly CheckpointWriter _writer;
    private RunManifest _manifest;
    private TrainPlan? _plan;
    private Moment _lastSaved;
    private CheckpointContent? _due;
    private Moment _dueAt;
    private Pass? _heldBack;

    /// <summary>Begins a run's record.</summary>
    /// <param name="folder">The run's folder, empty but for its lock.</param>
    /// <param name="manifest">What runs; its status is running.</param>
    /// <param name="config">The resolved config, as config.yaml is to hold it.</param>
    /// <param name="description">Data and architecture in words, for the log.</param>
    /// <param name="checkpoints">Which checkpoints to keep.</param>
    /// <param name="modelMetadata">What a checkpoint says of its model: enough to predict.</param>
    /// <param name="time">What time it is.</param>
    /// <exception cref="WorkFailedException">The folder can't be written to.</exception>
    public RunRecorder(
        RunFolder folder,
        RunManifest manifest,
        string config,
        string description,
        CheckpointOptions checkpoints,
        IReadOnlyDictionary<string, string> modelMetadata,
        TimeProvider time)
    {
        _folder = folder;
        _manifest = manifest;
        _checkpoints = checkpoints;
        _modelMetadata = modelMetadata;
        _time = time;
        AtomicFile.WriteAllBytes(folder.ConfigFile, Encoding.UTF8.GetBytes(config));
        manifest.Write(folder.ManifestFile);
        _steps = StepLossFile.Open(folder.StepsFile);
        _metrics = MetricsFile.Open(folder.MetricsFile);
        _log = new RunLog(folder.LogFile);
        _tensorBoard = new TensorBoardObserver(folder.FullPath, time, _log.Warning);
        _writer = new CheckpointWriter(new CheckpointStore(folder.CheckpointsFolder, checkpoints.Keep), FlushToDisk);

        foreach (string text in RunLogText.Opening(folder.Name, manifest, config, description))
        {
            _log.Information(text);
        }
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        SaveWhatIsDue(trainEvent);
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _plan = started.Plan;
                _log.Information(RunLogText.Of(started.Plan));
                break;
            case TrainEvent.StepTaken step:
                _steps.Append(step.Loss);
                if (_checkpoints.EverySteps is { } every && step.State.At.Step % every == 0 && !IsEndOfEpoch(step.State.At))
                {
                    _due = Snapshot.Of(step.State, _modelMetadata);
                    _dueAt = step.State.At;
                }

                break;
            case TrainEvent.Validated validated when IsEndOfEpoch(validated.State.At):
                // Its row follows the training pass, whose row is complete at the epoch's end.
                _heldBack = validated.Pass;
                break;
            case TrainEvent.Validated validated:
                Record(validated.Pass);
                if (_due is not null || validated.Improved)
                {
                    Drop();
                    Save(validated.State, insideEpoch: true, validated.Improved);
                }

                break;
            case TrainEvent.EpochEnded ended:
                Record(ended.Train);
                if (_heldBack is { } validation)
                {
                    Record(validation);
                    _heldBack = null;
                }

                Save(ended.State, insideEpoch: !IsEndOfEpoch(ended.State.At), ended.Improved);
                break;
            case TrainEvent.Ended ended:
                End(ended.State, ended.Result);
                break;
        }

        _tensorBoard.Observe(trainEvent);
    }

    /// <summary>Adds the pass over the test set.</summary>
    public void RecordTest(Pass pass)
    {
        Record(pass);
        _tensorBoard.Write(pass);
        _manifest = _manifest with { Test = Values(pass) };
    }

    /// <summary>Completes the record of a run that ended by itself or was asked to stop.</summary>
    /// <param name="weightsDigest">Of the weights that it ends with.</param>
    public RunManifest Complete(string weightsDigest)
    {
        _writer.Wait();
        FlushToDisk();
        _log.Information($"weights digest {weightsDigest}");
        _log.Information($"{_manifest.Status}: {_manifest.Reason}");
        _manifest = _manifest with { WeightsDigest = weightsDigest, Ended = _time.GetUtcNow(), Seconds = (_time.GetUtcNow() - _manifest.Started).TotalSeconds };
        _manifest.Write(_folder.ManifestFile);
        return _manifest;
    }

    /// <summary>Says in the record that the run failed. What can't be written now is left as it is: it says running, which no finished
    /// run says.</summary>
    public void Fail(string error)
    {
        try
        {
            _log.Error(error);
            if (_due is { } due)
            {
                _due = null;
                Save(_dueAt, insideEpoch: true, isBest: false, due);
            }

            _steps.Flush();
            _manifest = _manifest with { Status = RunStatus.Failed, Error = error, Ended = _time.GetUtcNow() };
            _manifest.Write(_folder.ManifestFile);
        }
        catch (WorkFailedException)
        {
            // The disk that failed the run fails its record too; the first failure is the one that is told.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _due?.Dispose();
        foreach (Action end in (Action[])[_writer.Wait, _steps.Dispose])
        {
            try
            {
                end();
            }
            catch (WorkFailedException)
            {
                // Complete() has waited for all; only a run that failed already gets here.
            }
        }

        _metrics.Dispose();
        _tensorBoard.Dispose();
        _log.Dispose();
    }

    private static Dictionary<string, double?> Values(Pass pass)
        => pass.Values.ToDictionary(v => v.Key, v => double.IsFinite(v.Value) ? v.Value : (double?)null);

    private bool IsEndOfEpoch(Moment at) => at.Step == at.Epoch * _plan!.StepsPerEpoch || at.Step >= _plan.TotalSteps;

    private void Record(Pass pass)
    {
        _metrics.Append(pass);
        _log.Information(RunLogText.Of(pass));
    }

    private void Save(TrainingState state, bool insideEpoch, bool isBest)
        => Save(state.At, insideEpoch, isBest, Snapshot.Of(state, _modelMetadata));

    private void Save(Moment at, bool insideEpoch, bool isBest, CheckpointContent content)
    {
        try
        {
            _steps.Flush();
        }
        catch
        {
            content.Dispose();
            throw;
        }

        _lastSaved = at;
        _writer.Save(at, insideEpoch, isBest, content);
        _log.Information(RunLogText.OfCheckpoint(CheckpointStore.NameOf(at, insideEpoch), isBest));
    }

    /// <summary>Saves what fell due at the step before, unless the validation of that same moment comes now: a moment has one checkpoint,
    /// and it holds every pass that was made by then.</summary>
    private void SaveWhatIsDue(TrainEvent trainEvent)
    {
        if (_due is { } due && trainEvent is not TrainEvent.Validated)
        {
            _due = null;
            Save(_dueAt, insideEpoch: true, isBest: false, due);
        }
    }

    private void Drop()
    {
        _due?.Dispose();
        _due = null;
    }

    private void End(TrainingState state, TrainResult result)
    {
        if (result.Status == TrainStatus.Interrupted && state.At.Step > 0 && _lastSaved != state.At)
        {
            Save(state, insideEpoch: true, isBest: false);
        }

        Pass? validation = result.Restored
            ? result.History.Passes.LastOrDefault(p => p.Split == Pass.Validation && p.At == result.Best?.At)
            : result.History.Last(Pass.Validation);
        _manifest = _manifest with
        {
            Status = result.Status switch
            {
                TrainStatus.Finished => RunStatus.Finished,
                TrainStatus.StoppedEarly => RunStatus.StoppedEarly,
                _ => RunStatus.Interrupted,
            },
            Reason = result.Reason,
            Epochs = result.At.Epoch,
            Steps = result.At.Step,
            BestEpoch = result.Best?.At.Epoch,
            BestStep = result.Best?.At.Step,
            Val = validation is null ? null : Values(validation),
        };
        _log.Information(RunLogText.Of(result));
        _steps.Flush();
    }

    private void FlushToDisk()
    {
        _steps.FlushToDisk();
        _metrics.FlushToDisk();
    }
}
