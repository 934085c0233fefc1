using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>Decides when a run saves checkpoints: at the end of each epoch, at an improved validation within an epoch, at a fixed interval of
/// steps or of time, and at an interruption.</summary>
/// <remarks>Each step has at most one checkpoint, which contains every pass up to then. A checkpoint that is due within an epoch is therefore
/// delayed until all events of its step are recorded.</remarks>
internal sealed class CheckpointSchedule(
    CheckpointStore store,
    CheckpointOptions options,
    IReadOnlyDictionary<string, string> modelMetadata,
    RunFiles files,
    RowOrder order,
    Progress lastSaved,
    Action beforeSaving,
    TimeProvider time) : IDisposable
{
    private readonly CheckpointWriter _writer = new(store, files, time);
    private Progress _lastSaved = lastSaved;
    private long _lastTime = time.GetTimestamp();
    private Due? _due;

    /// <summary>Saves a delayed checkpoint, unless the current event belongs to the same step.</summary>
    public void Before(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Validated:
                break;
            case TrainEvent.EpochEnded ended when ended.State.At == _due?.At:
                Drop();
                break;
            default:
                SaveDue();
                break;
        }
    }

    /// <summary>Saves a checkpoint, or notes that one is due, after the current event is recorded.</summary>
    public void After(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.StepTaken { State: var state } when (IsDueBySteps(state.At.Step) || (IsDueByTime && !state.IsAhead)) && !order.IsEndOfEpoch(state.At):
                _due = Copy(state, isBest: false);
                break;
            case TrainEvent.Validated { State: var state, Improved: var improved } when (_due is not null || improved) && !order.IsEndOfEpoch(state.At):
                Drop();
                _due = Copy(state, improved);
                break;
            case TrainEvent.EpochEnded { State: var state, Improved: var improved }:
                Save(Copy(state, improved), insideEpoch: !order.IsEndOfEpoch(state.At));
                break;
            case TrainEvent.Ended { State: var state, Result.Status: TrainStatus.Interrupted } when state.At.Step > 0 && _lastSaved != state.At:
                Save(Copy(state, isBest: false), insideEpoch: true);
                break;
        }
    }

    /// <summary>Whether a checkpoint is due after a step.</summary>
    public bool IsDueAt(long step) => IsDueBySteps(step) || IsDueByTime;

    /// <summary>Saves a delayed checkpoint.</summary>
    public void SaveDue()
    {
        if (_due is { } due)
        {
            _due = null;
            Save(due, insideEpoch: true);
        }
    }

    /// <summary>Waits until all checkpoints are written.</summary>
    /// <exception cref="WorkFailedException">A checkpoint can't be written.</exception>
    public void Wait() => _writer.Wait();

    public void Dispose()
    {
        Drop();
        _writer.Wait();
    }

    private bool IsDueByTime => options.EveryMinutes is { } minutes && time.GetElapsedTime(_lastTime).TotalMinutes >= minutes;

    private bool IsDueBySteps(long step) => options.EverySteps is { } every && step % every == 0;

    private Due Copy(TrainingState state, bool isBest)
    {
        state.ThrowUnlessFinite();
        return new(state.At, isBest, Snapshot.Of(state, modelMetadata, files.Metrics));
    }

    private void Save(Due checkpoint, bool insideEpoch)
    {
        try
        {
            beforeSaving();
            files.Flush();
        }
        catch
        {
            checkpoint.Content.Dispose();
            throw;
        }

        (_lastSaved, _lastTime) = (checkpoint.At, time.GetTimestamp());
        _writer.Save(checkpoint.At, insideEpoch, checkpoint.IsBest, checkpoint.Content);
    }

    private void Drop()
    {
        _due?.Content.Dispose();
        _due = null;
    }

    /// <summary>A copy of the state for a delayed checkpoint.</summary>
    private sealed record Due(Progress At, bool IsBest, CheckpointContent Content);
}
