using Google.Protobuf;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Onnx;

/// <summary>A protobuf message that is written without a copy of the tensors in it: its size is computed first, then its fields are written one
/// after the other.</summary>
internal sealed class ProtoMessage
{
    private readonly List<(int Size, Action<CodedOutputStream> Write)> _fields = [];

    /// <summary>The size of the fields in bytes.</summary>
    public long Size { get; private set; }

    /// <summary>Adds an integer.</summary>
    public ProtoMessage Add(int field, long value)
        => Add(field, WireFormat.WireType.Varint, CodedOutputStream.ComputeInt64Size(value), to => to.WriteInt64(value));

    /// <summary>Adds a number.</summary>
    public ProtoMessage Add(int field, float value) => Add(field, WireFormat.WireType.Fixed32, sizeof(float), to => to.WriteFloat(value));

    /// <summary>Adds a text.</summary>
    public ProtoMessage Add(int field, string value)
        => Add(field, WireFormat.WireType.LengthDelimited, CodedOutputStream.ComputeStringSize(value), to => to.WriteString(value));

    /// <summary>Adds a message.</summary>
    /// <exception cref="InvalidOperationException">The message is above 2 GB, the format's limit.</exception>
    public ProtoMessage Add(int field, ProtoMessage message)
    {
        int size = Checked(message.Size);
        return Add(field, WireFormat.WireType.LengthDelimited, Checked(message.Size + CodedOutputStream.ComputeLengthSize(size)), to =>
        {
            to.WriteLength(size);
            message.WriteTo(to);
        });
    }

    /// <summary>Adds the bytes of a contiguous tensor on the CPU. They go to the file as they are: the format's byte order is that of the
    /// processors that libtorch runs on.</summary>
    public ProtoMessage Add(int field, Tensor tensor, Stream file)
    {
        int size = Checked(tensor.numel() * tensor.ElementSize);
        return Add(field, WireFormat.WireType.LengthDelimited, Checked((long)size + CodedOutputStream.ComputeLengthSize(size)), to =>
        {
            to.WriteLength(size);
            to.Flush();
            TensorMemory.ForEachPiece(tensor, file.Write);
        });
    }

    /// <summary>Writes the fields.</summary>
    public void WriteTo(CodedOutputStream to)
    {
        foreach ((_, Action<CodedOutputStream> write) in _fields)
        {
            write(to);
        }
    }

    private ProtoMessage Add(int field, WireFormat.WireType type, int size, Action<CodedOutputStream> write)
    {
        uint tag = WireFormat.MakeTag(field, type);
        _fields.Add((size, to =>
        {
            to.WriteTag(tag);
            write(to);
        }));
        Size += CodedOutputStream.ComputeUInt32Size(tag) + size;
        return this;
    }

    private static int Checked(long size) => size <= int.MaxValue ? (int)size : throw new InvalidOperationException($"A message of {size} bytes is above the format's limit of 2 GB.");
}
