using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Tracking;

/// <summary>Writes each pass to TensorBoard: <c>loss/train</c>, <c>loss/val</c>, <c>accuracy/val</c>, <c>lr</c>, over steps.</summary>
/// <remarks>A write failure is reported once and does not stop training.</remarks>
internal sealed class TensorBoardObserver : IRunSink
{
    private readonly Action<string> _warn;
    private TensorBoardWriter? _writer;
    private bool _warned;

    /// <summary>Creates a file in a folder.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="warn">Called once if writing fails.</param>
    public TensorBoardObserver(string folder, TimeProvider time, Action<string> warn)
    {
        _warn = warn;
        Try(() => _writer = TensorBoardWriter.Create(folder, time));
    }

    /// <summary>Creates a run's file. The files of a resumed run are first truncated to the passes in its history.</summary>
    public static TensorBoardObserver Open(RunFolder folder, History history, Action<string> warn, TimeProvider time)
    {
        TensorBoardCut.Apply(folder.FullPath, history.Passes.Select(p => p.At.Step));
        return new TensorBoardObserver(folder.FullPath, time, warn);
    }

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Validated validated:
                Write(validated.Pass);
                break;
            case TrainEvent.EpochEnded ended:
                Write(ended.Train);
                Flush();
                break;
        }
    }

    /// <summary>Writes one pass.</summary>
    public void Write(Pass pass)
    {
        List<(string, double)> values = [.. pass.Values.Select(v => ($"{v.Key}/{pass.Split}", v.Value))];
        if (pass.Lr is { } lr)
        {
            values.Add(("lr", lr));
        }

        Try(() => _writer?.Write(pass.At.Step, values));
    }

    /// <summary>Flushes the buffer to the operating system.</summary>
    public void Flush() => Try(() => _writer?.Flush());

    /// <summary>Flushes the file to disk. May be called from another thread while passes are written.</summary>
    public void FlushToDisk() => Try(() => _writer?.FlushToDisk());

    /// <inheritdoc/>
    public void Dispose() => Try(() => _writer?.Dispose());

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (WorkFailedException exception)
        {
            if (Interlocked.Exchange(ref _writer, null) is not { } broken)
            {
                // Creating the file failed, or the other thread has already warned.
                if (!_warned)
                {
                    _warned = true;
                    _warn($"The TensorBoard file is no longer written: {exception.Problem}");
                }

                return;
            }

            _warned = true;
            _warn($"The TensorBoard file is no longer written: {exception.Problem}");
            try
            {
                broken.Dispose();
            }
            catch (WorkFailedException)
            {
                // Closing fails for the same reason, which has been reported.
            }
        }
    }
}
