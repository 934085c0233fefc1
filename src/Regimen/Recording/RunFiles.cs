using Regimen.Runs;

namespace Regimen.Recording;

/// <summary>The files of a run's record that are appended to during training: log, losses, metrics, and the files of the sinks.</summary>
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

    /// <summary>Opens the files for appending.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="checkpoint">The checkpoint that a resumed run continues from; null for a new run.</param>
    /// <param name="isBest">Whether that checkpoint is the best one so far.</param>
    /// <param name="history">The passes up to the checkpoint; later entries of the files are truncated.</param>
    /// <param name="sinks">The sinks to open.</param>
    /// <param name="isFork">Whether the log is new although the record continues from a checkpoint.</param>
    /// <exception cref="RequestException">The files hold less than the checkpoint refers to.</exception>
    /// <exception cref="WorkFailedException">The files can't be written.</exception>
    public static RunFiles Open(RunFolder folder, TimeProvider time, CheckpointEntry? checkpoint, bool isBest, History history, IEnumerable<RunSinkFactory> sinks, bool isFork = false)
    {
        StepLossFile steps = StepLossFile.Open(folder.StepsFile, checkpoint?.Step ?? 0, time);
        MetricsFile? metrics = null;
        RunLog? log = null;
        try
        {
            metrics = MetricsFile.Open(folder.MetricsFile, history.Passes.Count);
            bool isLogged = RunLogCut.Apply(folder.LogFile, checkpoint?.Name);
            log = new RunLog(folder.LogFile);
            if (checkpoint is not null && !isLogged && !isFork)
            {
                // The process ended after updating the index and before writing this line.
                log.Information(RunLogText.OfCheckpoint(checkpoint.Name, isBest));
            }

            var files = new RunFiles(steps, metrics, log);
            files._sinks.AddRange(sinks.Select(open => open(folder, history, checkpoint?.Step ?? 0, log.Warning, time)));
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

    /// <summary>Passes buffered values to the operating system.</summary>
    public void Flush()
    {
        Steps.Flush();
        _sinks.ForEach(s => s.Flush());
    }

    /// <summary>Flushes to the disk. Another thread may call it during training.</summary>
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
