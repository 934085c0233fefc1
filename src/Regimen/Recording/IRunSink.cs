using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>An additional output of a run, such as TensorBoard's event file. It is flushed before each checkpoint and truncated to a checkpoint
/// when the run is resumed. If it can't be written, that is reported once and the run continues.</summary>
internal interface IRunSink : IDisposable
{
    /// <summary>Whether it receives <see cref="TrainEvent.GradientsComputed"/>. Read once, at the start.</summary>
    bool NeedsGradients => false;

    /// <summary>Whether it receives those of a step.</summary>
    bool NeedsGradientsOf(long step) => NeedsGradients;

    /// <summary>Receives each event after the record has been updated.</summary>
    void Observe(TrainEvent trainEvent);

    /// <summary>Writes the pass over the test set.</summary>
    void Write(Pass pass);

    /// <summary>Passes buffered values to the operating system.</summary>
    void Flush();

    /// <summary>Flushes to the disk. Another thread may call it while events are received.</summary>
    void FlushToDisk();

    /// <summary>Receives the time that the last checkpoint took in the background, on the thread that wrote it.</summary>
    void CheckpointSaved(Progress at, TimeSpan took)
    {
    }
}

/// <summary>Opens a sink in a run's folder.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="history">The passes up to the point that the run continues from; later entries are truncated.</param>
/// <param name="step">The step that the run continues from; 0 for a new one.</param>
/// <param name="warn">Receives a warning.</param>
/// <param name="time">The time provider.</param>
internal delegate IRunSink RunSinkFactory(RunFolder folder, History history, long step, Action<string> warn, TimeProvider time);
