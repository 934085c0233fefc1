using Regimen.Recording;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Tracking;

/// <summary>Writes each pass to TensorBoard: <c>loss/train</c>, <c>loss/val</c>, <c>accuracy/val</c>, <c>lr</c>, over steps.</summary>
/// <remarks>A drawing is not worth a run: where the file can't be written, that is reported once and training goes on.</remarks>
internal sealed class TensorBoardObserver : IRunSink
{
    private readonly Action<string> _warn;
    private TensorBoardWriter? _writer;
    private bool _told;

    /// <summary>Writes into a folder.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="time">Where wall times come from.</param>
    /// <param name="warn">Told once if it can't go on.</param>
    public TensorBoardObserver(string folder, TimeProvider time, Action<string> warn)
    {
        _warn = warn;
        Try(() => _writer = TensorBoardWriter.Create(folder, time));
    }

    /// <summary>Opens a run's file; the files of a run that is resumed are first cut back to the passes that it counts on.</summary>
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

    /// <summary>Gives everything to the system.</summary>
    public void Flush() => Try(() => _writer?.Flush());

    /// <summary>Has the disk have what the system has. Another thread may call it while passes are written.</summary>
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
                // Creating it failed, or the other thread has told already.
                if (!_told)
                {
                    _told = true;
                    _warn($"TensorBoard's file is not written any more: {exception.Problem}");
                }

                return;
            }

            _told = true;
            _warn($"TensorBoard's file is not written any more: {exception.Problem}");
            try
            {
                broken.Dispose();
            }
            catch (WorkFailedException)
            {
                // Closing fails over the same bytes; that has been told.
            }
        }
    }
}
