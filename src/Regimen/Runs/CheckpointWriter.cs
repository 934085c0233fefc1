using System.Runtime.ExceptionServices;
using Regimen.Training;

namespace Regimen.Runs;

/// <summary>Writes checkpoints on a thread of its own, one after the other: training waits for the copy, not for the disk. What fails
/// there surfaces at the next checkpoint, or at the end.</summary>
internal sealed class CheckpointWriter(CheckpointStore store, Action flushRecords)
{
    private Task _pending = Task.CompletedTask;

    /// <summary>Begins to write; waits first for the one before. The content is the writer's to dispose.</summary>
    public void Save(Moment at, bool insideEpoch, bool isBest, CheckpointContent content)
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

        _pending = Task.Run(() =>
        {
            using (content)
            {
                // What the checkpoint counts on is on the disk before the checkpoint is.
                flushRecords();
                store.Save(at, insideEpoch, isBest, content);
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
