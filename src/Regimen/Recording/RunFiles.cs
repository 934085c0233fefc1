using Regimen.Runs;

namespace Regimen.Recording;

/// <summary>The files of a run's record that grow while it trains: log, losses, metrics, and the sinks beside them.</summary>
internal sealed class RunFiles : IDisposable
{
    private readonly List<IRunSink> _sinks = [];

    private RunFiles(StepLossFile steps, MetricsFile metrics, RunLog log)
    {
        Steps = steps;
        Metrics = metrics;
        Log = log;
    }

    public RunLog Log { get; }

    public StepLossFile Steps { get; }

    public MetricsFile Metrics { get; }

    public IReadOnlyList<IRunSink> Sinks => _sinks;

    /// <summary>Opens them for writing at their ends.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="checkpoint">The checkpoint that a resumed run goes on from; null to begin.</param>
    /// <param name="isBest">Whether that checkpoint is the best one so far.</param>
    /// <param name="history">The passes that the run counts on; what was recorded after them is cut off.</param>
    /// <param name="sinks">What else is written.</param>
    /// <exception cref="RequestException">They hold less than the run counts on.</exception>
    /// <exception cref="WorkFailedException">They can't be written.</exception>
    public static RunFiles Open(RunFolder folder, TimeProvider time, CheckpointEntry? checkpoint, bool isBest, History history, IEnumerable<RunSinkFactory> sinks)
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

            var files = new RunFiles(steps, metrics, log);
            files._sinks.AddRange(sinks.Select(open => open(folder, history, log.Warning, time)));
            return files;
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
        _sinks.ForEach(s => s.Flush());
    }

    /// <summary>Has the disk have what the system has. Another thread may call it while training goes on.</summary>
    public void FlushToDisk()
    {
        Steps.FlushToDisk();
        Metrics.FlushToDisk();
        _sinks.ForEach(s => s.FlushToDisk());
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
            _sinks.ForEach(s => s.Dispose());
            Log.Dispose();
        }
    }
}
