using System.Runtime.ExceptionServices;
using Regimen.Runs;

namespace Regimen.Recording;

/// <summary>Writes checkpoints in the background, one after the other: training waits for the copy, not for the disk. A failure is thrown
/// at the next checkpoint or at the end.</summary>
internal sealed class CheckpointWriter(CheckpointStore store, RunFiles files, TimeProvider time)
{
    private Task _pending = Task.CompletedTask;

    /// <summary>Begins to write a checkpoint, after waiting for the previous one. The writer disposes the content.</summary>
    public void Save(Progress at, bool insideEpoch, bool isBest, CheckpointContent content)
    {
        try
        {
            Wait();
        }
        catch
        {
            content.Dispose();
            throw;
        }

        // The log line has the time of the copy but is written after the checkpoint. A resumed run truncates the log after this line.
        files.Log.Hold();
        _pending = Task.Run(() =>
        {
            string? written = null;
            long began = time.GetTimestamp();
            try
            {
                using (content)
                {
                    // The files that the checkpoint refers to must be on the disk before the checkpoint.
                    files.FlushToDisk();
                    written = RunLogText.OfCheckpoint(store.Save(at, insideEpoch, isBest, content).Name, isBest);
                }

                foreach (IRunSink sink in files.Sinks)
                {
                    sink.CheckpointSaved(at, time.GetElapsedTime(began));
                }
            }
            finally
            {
                files.Log.Release(written);
            }
        });
    }

    /// <summary>Waits until the last checkpoint is written.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public void Wait()
    {
        Task pending = _pending;
        _pending = Task.CompletedTask;
        try
        {
            pending.Wait();
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
