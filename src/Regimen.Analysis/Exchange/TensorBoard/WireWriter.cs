using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Regimen.Exchange;

/// <summary>Writes the fields of a protobuf message.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _message = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Message => _message.WrittenSpan;

    public WireWriter Varint(int field, ulong number)
    {
        Key(field, 0);
        Raw(number);
        return this;
    }

    public WireWriter Double(int field, double number)
    {
        Key(field, 1);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        _message.Write(bytes);
        return this;
    }

    public WireWriter Single(int field, float number)
    {
        Key(field, 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
        _message.Write(bytes);
        return this;
    }

    public WireWriter Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public WireWriter Inner(int field, WireWriter message) => Bytes(field, message.Message);

    private WireWriter Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Key(field, 2);
        Raw((ulong)bytes.Length);
        _message.Write(bytes);
        return this;
    }

    private void Key(int field, uint wireType) => Raw(((ulong)field << 3) | wireType);

    private void Raw(ulong number)
    {
        while (number >= 0x80)
        {
            _message.Write([(byte)(number | 0x80)]);
            number >>= 7;
        }

        _message.Write([(byte)number]);
    }
}
