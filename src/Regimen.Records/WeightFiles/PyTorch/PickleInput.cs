using System.Buffers.Binary;
using System.Text;
using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>Reads the bytes of a pickle in a range of a file.</summary>
/// <param name="file">The file.</param>
/// <param name="start">The offset of the first byte.</param>
/// <param name="end">The offset after the last byte that may be read.</param>
/// <param name="budget">The memory that texts may take.</param>
internal sealed class PickleInput(FileBytes file, long start, long end, ReadBudget budget)
{
    private const int LongestLine = 1024;
    private readonly byte[] _buffer = new byte[(int)Math.Min(1 << 16, Math.Max(0, end - start))];
    private long _bufferStart = start;
    private int _buffered;

    /// <summary>The offset of the next byte in the file.</summary>
    public long Position { get; private set; } = start;

    /// <summary>Reads a byte.</summary>
    public byte Next()
    {
        if (Position >= _bufferStart + _buffered)
        {
            ThrowUnlessLeft(1);
            _buffered = (int)Math.Min(_buffer.Length, end - Position);
            file.Read(Position, _buffer.AsSpan(0, _buffered));
            _bufferStart = Position;
        }

        return _buffer[(int)(Position++ - _bufferStart)];
    }

    /// <summary>Reads an unsigned integer of 1 to 8 bytes.</summary>
    public ulong Unsigned(int bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= (ulong)Next() << (8 * i);
        }

        return value;
    }

    /// <summary>Reads a big-endian double.</summary>
    public double Double()
    {
        Span<byte> bytes = stackalloc byte[8];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = Next();
        }

        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>Reads text of a given length in bytes.</summary>
    public string Text(ulong length, Encoding encoding)
    {
        ThrowUnlessLeft(length);
        budget.TakeText((long)length);
        budget.Take((long)length);
        var bytes = new byte[(int)length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = Next();
        }

        return encoding.GetString(bytes);
    }

    /// <summary>Reads a line.</summary>
    public string Line()
    {
        var text = new StringBuilder();
        for (byte next = Next(); next != '\n'; next = Next())
        {
            text.Append((char)next);
            if (text.Length > LongestLine)
            {
                throw Damaged("a name is too long");
            }
        }

        budget.TakeText(2 * text.Length);
        return text.ToString();
    }

    /// <summary>Skips bytes.</summary>
    public void Skip(ulong count)
    {
        ThrowUnlessLeft(count);
        Position += (long)count;
    }

    /// <summary>Returns the problem of a damaged pickle.</summary>
    public RequestException Damaged(string how) => new(new Problem($"The file is damaged: {how}") { Where = $"{file.Path}, byte {Position}" });

    private void ThrowUnlessLeft(ulong count)
    {
        if (count > (ulong)(end - Position) || count > int.MaxValue)
        {
            throw Damaged("its pickle ends too early");
        }
    }
}
