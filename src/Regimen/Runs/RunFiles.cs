using Regimen.Tracking;
using Regimen.Training;

namespace Regimen.Runs;

/// <summary>The files of a run's record that grow while it trains: log, losses, metrics, TensorBoard.</summary>
internal sealed class RunFiles : IDisposable
{
    private RunFiles(RunFolder folder, TimeProvider time, StepLossFile steps, MetricsFile metrics, RunLog log)
    {
        Steps = steps;
        Metrics = metrics;
        Log = log;
        TensorBoard = new TensorBoardObserver(folder.FullPath, time, Log.Warning);
    }

    public RunLog Log { get; }

    public StepLossFile Steps { get; }

    public MetricsFile Metrics { get; }

    public TensorBoardObserver TensorBoard { get; }

    /// <summary>Opens them for writing at their ends.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="checkpoint">The checkpoint that a resumed run goes on from; null to begin.</param>
    /// <param name="isBest">Whether that checkpoint is the best one so far.</param>
    /// <param name="history">The passes that the run counts on; what was recorded after them is cut off.</param>
    /// <exception cref="RequestException">They hold less than the run counts on.</exception>
    /// <exception cref="WorkFailedException">They can't be written.</exception>
    public static RunFiles Open(RunFolder folder, TimeProvider time, CheckpointEntry? checkpoint, bool isBest, History history)
    {
        StepLossFile steps = StepLossFile.Open(folder.StepsFile, checkpoint?.Step ?? 0, time);
        MetricsFile? metrics = null;
        RunLog? log = null;
        try
        {
            metrics = MetricsFile.Open(folder.MetricsFile, history.Passes.Count);
            bool told = RunLogCut.Apply(folder.LogFile, checkpoint?.Name);
            log = new RunLog(folder.LogFile);
            if (checkpoint is not null && !told)
            {
                // The process ended between the index and this line.
                log.Information(RunLogText.OfCheckpoint(checkpoint.Name, isBest));
            }

            TensorBoardCut.Apply(folder.FullPath, history.Passes.Select(p => p.At.Step));
            return new RunFiles(folder, time, steps, metrics, log);
        }
        catch
        {
            steps.Dispose();
            metrics?.Dispose();
            log?.Dispose();
            throw;
        }
    }

    /// <summary>Gives everything to the system.</summary>
    public void Flush()
    {
        Steps.Flush();
        TensorBoard.Flush();
    }

    /// <summary>Has the disk have what the system has. Another thread may call it while training goes on.</summary>
    public void FlushToDisk()
    {
        Steps.FlushToDisk();
        Metrics.FlushToDisk();
        TensorBoard.FlushToDisk();
    }

    public void Dispose()
    {
        try
        {
            Steps.Dispose();
        }
        finally
        {
            Metrics.Dispose();
            TensorBoard.Dispose();
            Log.Dispose();
        }
    }
}
