using System.Runtime.ExceptionServices;
using Regimen.Runs;

namespace Regimen.Recording;

/// <summary>Writes checkpoints on a thread of its own, one after the other: training waits for the copy, not for the disk. What fails
/// there surfaces at the next checkpoint, or at the end.</summary>
internal sealed class CheckpointWriter(CheckpointStore store, RunFiles files)
{
    private Task _pending = Task.CompletedTask;

    /// <summary>Begins to write; waits first for the one before. The content is the writer's to dispose.</summary>
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

        // The log names a checkpoint once it is there, but at the moment that it is of: a resumed run cuts the log behind this line.
        files.Log.Hold();
        _pending = Task.Run(() =>
        {
            string? written = null;
            try
            {
                using (content)
                {
                    // What the checkpoint counts on is on the disk before the checkpoint is.
                    files.FlushToDisk();
                    written = RunLogText.OfCheckpoint(store.Save(at, insideEpoch, isBest, content).Name, isBest);
                }
            }
            finally
            {
                files.Log.Release(written);
            }
        });
    }

    /// <summary>Returns when all is written.</summary>
    /// <exception cref="WorkFailedException">It could not be.</exception>
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
