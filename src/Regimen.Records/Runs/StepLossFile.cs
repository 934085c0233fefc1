using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>Writes and reads <c>steps.f32</c>: the loss of every step as little-endian float32, without a header. A verification compares it
/// bit for bit.</summary>
public sealed class StepLossFile : IDisposable
{
    private const int Size = sizeof(float);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly TimeProvider _time;
    private readonly byte[] _buffer = new byte[4096 * Size];
    private int _buffered;
    private long _written;

    private StepLossFile(FileStream file, TimeProvider time) => (_file, _handle, _time, _written) = (file, file.SafeFileHandle, time, time.GetTimestamp());

    /// <summary>The number of losses so far.</summary>
    public long Count => (_file.Position + _buffered) / Size;

    /// <summary>Opens the file for writing after its first <paramref name="steps"/> losses; later ones are cut off.</summary>
    /// <exception cref="RequestException">The file has fewer losses.</exception>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="steps">The number of losses to keep.</param>
    /// <param name="time">The time provider.</param>
    public static StepLossFile Open(string path, long steps = 0, TimeProvider? time = null) => OutputFile.Guard(path, () =>
    {
        if (steps > 0 && !File.Exists(path))
        {
            throw Shorter(path, steps, found: 0);
        }

        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        if (file.Length < steps * Size)
        {
            long found = file.Length / Size;
            file.Dispose();
            throw Shorter(path, steps, found);
        }

        file.SetLength(steps * Size);
        file.Position = steps * Size;
        return new StepLossFile(file, time ?? TimeProvider.System);
    });

    /// <summary>Reads every complete loss of a file, also while another process writes to it; an incomplete last value is left out.</summary>
    /// <exception cref="RequestException">It is missing, or can't be read.</exception>
    public static float[] ReadAll(string path)
    {
        using FileStream file = InputFile.Open(path);
        try
        {
            var losses = new float[file.Length / Size];
            var buffer = new byte[1 << 16];
            int count = 0;
            while (count < losses.Length)
            {
                int read = file.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(buffer.Length, (losses.Length - count) * (long)Size)), Size, throwOnEndOfStream: false);
                file.Seek(-(read % Size), SeekOrigin.Current);
                if (read < Size)
                {
                    // The file was truncated while it was read.
                    return losses[..count];
                }

                for (int i = 0; i < read / Size; i++)
                {
                    losses[count++] = BinaryPrimitives.ReadSingleLittleEndian(buffer.AsSpan(i * Size));
                }
            }

            return losses;
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(path, exception);
        }
    }

    /// <summary>Appends a step's loss to the buffer. The buffer is written to the file when it is full, when a second has passed since the last
    /// write, and on a flush, so a killed process loses at most one second of losses.</summary>
    public void Append(float loss)
    {
        if (_buffered == _buffer.Length)
        {
            WriteOut();
        }

        BinaryPrimitives.WriteSingleLittleEndian(_buffer.AsSpan(_buffered), loss);
        _buffered += Size;
        if (_time.GetElapsedTime(_written) >= Interval)
        {
            WriteOut();
        }
    }

    /// <summary>Writes the buffer to the file.</summary>
    public void Flush() => WriteOut();

    /// <summary>Flushes the file to disk. Another thread may call it while losses are appended.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () => DiskFlush.File(_handle, _file.Name));

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            WriteOut();
        }
        finally
        {
            _file.Dispose();
        }
    }

    private static RequestException Shorter(string path, long steps, long found) => new(
        new Problem("The file of step losses has fewer losses than the run") { Where = path, Expected = $"{steps} losses", Received = $"{found}" });

    private void WriteOut()
    {
        if (_buffered == 0)
        {
            return;
        }

        // Cleared before the write, so that disposing after an error (a full disk) does not fail again on the same bytes.
        int length = _buffered;
        _buffered = 0;
        _written = _time.GetTimestamp();
        OutputFile.Guard(_file.Name, () => _file.Write(_buffer, 0, length));
    }
}
