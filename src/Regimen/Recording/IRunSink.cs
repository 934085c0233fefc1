using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>A file written beside a run's record, as TensorBoard's: flushed before each checkpoint, and cut back to a checkpoint when the run
/// is resumed. A sink that can't be written reports that once and never ends the run.</summary>
internal interface IRunSink : IDisposable
{
    /// <summary>Receives each event after the record has it.</summary>
    void Observe(TrainEvent trainEvent);

    /// <summary>Writes the pass over the test set.</summary>
    void Write(Pass pass);

    /// <summary>Passes buffered values to the operating system.</summary>
    void Flush();

    /// <summary>Flushes to the disk. Another thread may call it while events are received.</summary>
    void FlushToDisk();
}

/// <summary>Opens a sink in a run's folder.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="history">The passes that the run counts on; what was written after them is cut off.</param>
/// <param name="warn">Receives a warning.</param>
/// <param name="time">Where wall times come from.</param>
internal delegate IRunSink RunSinkFactory(RunFolder folder, History history, Action<string> warn, TimeProvider time);
