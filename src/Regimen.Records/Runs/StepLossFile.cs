using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary><c>steps.f32</c>: the loss of every step, one little-endian float32 after the other and nothing else. What a verification
/// compares, bit for bit.</summary>
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

    /// <summary>Losses written so far.</summary>
    public long Count => (_file.Position + _buffered) / Size;

    /// <summary>Opens the file for writing after its first <paramref name="steps"/> losses; what stood behind them is cut off.</summary>
    /// <exception cref="RequestException">It has fewer losses than that.</exception>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="steps">Losses to keep.</param>
    /// <param name="time">Where durations come from.</param>
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

    /// <summary>Every whole loss in a file, which may be written to meanwhile: a loss that is there in part is not there yet.</summary>
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
                    // It was cut while it was read.
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

    /// <summary>Adds a step's loss. It reaches the system when some thousand have gathered, when a second has passed since losses last did, or
    /// at a flush: a process that is killed loses at most a second's.</summary>
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

    /// <summary>Gives everything to the system.</summary>
    public void Flush() => WriteOut();

    /// <summary>Has the disk have what the system has. Another thread may call it while losses are added.</summary>
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
        new Problem("The record of losses is shorter than the run") { Where = path, Expected = $"{steps} losses", Received = $"{found}" });

    private void WriteOut()
    {
        if (_buffered == 0)
        {
            return;
        }

        // Forgotten even if the disk is full, so that closing does not fail again over the same bytes.
        int length = _buffered;
        _buffered = 0;
        _written = _time.GetTimestamp();
        OutputFile.Guard(_file.Name, () => _file.Write(_buffer, 0, length));
    }
}
