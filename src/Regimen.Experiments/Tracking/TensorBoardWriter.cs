using System.Globalization;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using Regimen.Exchange;
using Regimen.Files;
using Tensorboard;

namespace Regimen.Tracking;

/// <summary>Writes summaries for TensorBoard to an <c>events.out.tfevents.…</c> file of TFRecords, each an <see cref="Event"/>.</summary>
internal sealed class TensorBoardWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly TimeProvider _time;

    private TensorBoardWriter(FileStream file, TimeProvider time)
    {
        _file = file;

        // SafeFileHandle flushes the stream, which only the writing thread may do, so read it once here.
        _handle = file.SafeFileHandle;
        _time = time;
    }

    /// <summary>Creates a file in a folder. Its name contains the time, the machine and the process, as TensorBoard expects.</summary>
    public static TensorBoardWriter Create(string folder, TimeProvider time)
    {
        string name = string.Create(
            CultureInfo.InvariantCulture, $"events.out.tfevents.{time.GetUtcNow().ToUnixTimeSeconds():0000000000}.{Environment.MachineName}.{Environment.ProcessId}");

        // The last number distinguishes files that a process creates within one second, such as a run and its resumption, in name order.
        string path = Enumerable.Range(0, int.MaxValue).Select(n => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}.{n:000}"))).First(p => !File.Exists(p));
        return OutputFile.Guard(path, () =>
        {
            var writer = new TensorBoardWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read), time);
            writer.Write(new Event { WallTime = writer.Now, FileVersion = "brain.Event:2" });
            return writer;
        });
    }

    /// <summary>The time in seconds since 1970.</summary>
    public double Now => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>Writes values at a step.</summary>
    /// <param name="step">The step on the x axis.</param>
    /// <param name="values">The tags and values. Tags with the same prefix before the slash share a panel, for example <c>loss/train</c>.</param>
    public void Write(long step, IEnumerable<(string Tag, double Value)> values)
        => Write(step, values.Select(v => new Summary.Types.Value { Tag = v.Tag, SimpleValue = (float)v.Value }));

    /// <summary>Writes summaries at a step, as one event.</summary>
    public void Write(long step, IEnumerable<Summary.Types.Value> values)
    {
        var summary = new Summary();
        summary.Value.AddRange(values);
        OutputFile.Guard(_file.Name, () => Write(new Event { WallTime = Now, Step = step, Summary = summary }));
    }

    /// <summary>Flushes the buffer to the operating system, so that a running TensorBoard can read it.</summary>
    public void Flush() => OutputFile.Guard(_file.Name, () => _file.Flush());

    /// <summary>Flushes the file to disk. May be called from another thread while values are written.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () =>
    {
        try
        {
            DiskFlush.File(_handle, _file.Name);
        }
        catch (ObjectDisposedException)
        {
            // The training thread has closed the file after a failure and reported it.
        }
    });

    /// <inheritdoc/>
    public void Dispose() => OutputFile.Guard(_file.Name, _file.Dispose);

    private void Write(Event message) => RecordFile.Write(_file, message.ToByteArray());
}
