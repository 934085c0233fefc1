using System.Buffers.Binary;

namespace Regimen.Runs;

/// <summary><c>steps.f32</c>: the loss of every step, one little-endian float32 after the other and nothing else. What a verification
/// compares, bit for bit.</summary>
public sealed class StepLossFile : IDisposable
{
    private const int Size = sizeof(float);
    private readonly FileStream _file;
    private readonly byte[] _buffer = new byte[4096 * Size];
    private int _buffered;

    private StepLossFile(FileStream file) => _file = file;

    /// <summary>Losses written so far.</summary>
    public long Count => (_file.Position + _buffered) / Size;

    /// <summary>Opens the file for writing after its first <paramref name="steps"/> losses; what stood behind them is cut off.</summary>
    /// <exception cref="RequestException">It has fewer losses than that.</exception>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public static StepLossFile Open(string path, long steps = 0) => OutputFile.Guard(path, () =>
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
        return new StepLossFile(file);
    });

    /// <summary>Every loss in a file.</summary>
    /// <exception cref="RequestException">It is missing, or does not hold whole float32s.</exception>
    public static float[] ReadAll(string path)
    {
        byte[] bytes = InputFile.ReadAllBytes(path);
        if (bytes.Length % Size != 0)
        {
            throw new RequestException(new Problem("The record of losses is cut off") { Where = path, Expected = "a multiple of 4 bytes", Received = $"{bytes.Length} bytes" });
        }

        var losses = new float[bytes.Length / Size];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * Size));
        }

        return losses;
    }

    /// <summary>Adds a step's loss. It reaches the system when some thousand have gathered, or at a flush.</summary>
    public void Append(float loss)
    {
        if (_buffered == _buffer.Length)
        {
            WriteOut();
        }

        BinaryPrimitives.WriteSingleLittleEndian(_buffer.AsSpan(_buffered), loss);
        _buffered += Size;
    }

    /// <summary>Gives everything to the system.</summary>
    public void Flush() => WriteOut();

    /// <summary>Has the disk have what the system has. Another thread may call it while losses are added.</summary>
    public void FlushToDisk() => OutputFile.Guard(_file.Name, () => RandomAccess.FlushToDisk(_file.SafeFileHandle));

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
        OutputFile.Guard(_file.Name, () => _file.Write(_buffer, 0, length));
    }
}
