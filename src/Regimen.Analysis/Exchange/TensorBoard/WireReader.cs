using System.Buffers.Binary;
using System.Text;

namespace Regimen.Exchange;

/// <summary>Reads the fields of a protobuf message, without a schema.</summary>
/// <param name="message">The message.</param>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _left = message;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>The value of a field that is a number, in its bits.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a field of bytes; empty for a number.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The number's bits as a double (a field of 8 bytes).</summary>
    public readonly double Double => BitConverter.UInt64BitsToDouble(Number);

    /// <summary>The number's bits as a float (a field of 4 bytes).</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>The bytes as text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public bool Next()
    {
        if (_left.IsEmpty)
        {
            return false;
        }

        ulong key = Varint();
        Field = (int)(key >> 3);
        Bytes = default;
        Number = 0;
        switch (key & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw new FormatException($"wire type {key & 7}");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_left.Length)
        {
            throw new FormatException("a field is longer than its message");
        }

        ReadOnlySpan<byte> taken = _left[..(int)count];
        _left = _left[(int)count..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(10, _left.Length); i++)
        {
            value |= (ulong)(_left[i] & 0x7F) << (7 * i);
            if (_left[i] < 0x80)
            {
                _left = _left[(i + 1)..];
                return value;
            }
        }

        throw new FormatException("a number does not end");
    }
}
