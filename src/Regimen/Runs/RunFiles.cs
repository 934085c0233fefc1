using Regimen.Tracking;
using Regimen.Training;

namespace Regimen.Runs;

/// <summary>The files of a run's record that grow while it trains: log, losses, metrics, TensorBoard.</summary>
internal sealed class RunFiles : IDisposable
{
    private RunFiles(RunFolder folder, TimeProvider time, StepLossFile steps, MetricsFile metrics)
    {
        Steps = steps;
        Metrics = metrics;
        Log = new RunLog(folder.LogFile);
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
    /// <param name="history">The passes that the run counts on; what was recorded after them is cut off.</param>
    /// <exception cref="RequestException">They hold less than the run counts on.</exception>
    /// <exception cref="WorkFailedException">They can't be written.</exception>
    public static RunFiles Open(RunFolder folder, TimeProvider time, CheckpointEntry? checkpoint, History history)
    {
        StepLossFile steps = StepLossFile.Open(folder.StepsFile, checkpoint?.Step ?? 0);
        try
        {
            MetricsFile metrics = MetricsFile.Open(folder.MetricsFile, history.Passes.Count);
            RunLogCut.Apply(folder.LogFile, checkpoint?.Name);
            TensorBoardCut.Apply(folder.FullPath, history.Passes.Select(p => p.At.Step));
            return new RunFiles(folder, time, steps, metrics);
        }
        catch
        {
            steps.Dispose();
            throw;
        }
    }

    /// <summary>Has the disk have everything. Another thread may call it while training goes on.</summary>
    public void FlushToDisk()
    {
        Steps.FlushToDisk();
        Metrics.FlushToDisk();
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
