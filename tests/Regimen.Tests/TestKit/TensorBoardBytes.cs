using System.Buffers.Binary;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>An event of a TensorBoard file, read by the descriptions of TFRecord, CRC-32C and the protobuf wire format, without libraries that
/// the product uses.</summary>
internal sealed record TensorBoardEvent(double WallTime, long Step, string? FileVersion, IReadOnlyList<(string Tag, float Value)> Values)
{
    /// <summary>The summaries that are not numbers: texts, pictures, histograms.</summary>
    public IReadOnlyList<TensorBoardSummary> Others { get; init; } = [];
}

/// <summary>A summary that is not a number, as its message.</summary>
internal sealed record TensorBoardSummary(string Tag, byte[] Message)
{
    /// <summary>The name of its plugin; null for none.</summary>
    public string? Plugin => Fields(9, 1) is [var plugin, ..] && Protobuf.Fields(plugin.Bytes).FirstOrDefault(f => f.Field == 1).Bytes is { } name ? Encoding.UTF8.GetString(name) : null;

    /// <summary>The content of its plugin.</summary>
    public byte[] Content => Protobuf.Fields(Fields(9, 1)[0].Bytes).Single(f => f.Field == 2).Bytes;

    /// <summary>The texts of its tensor.</summary>
    public IReadOnlyList<byte[]> Strings => [.. Fields(8, 8).Select(f => f.Bytes)];

    /// <summary>The fields along a path of field numbers.</summary>
    public IReadOnlyList<(int Field, ulong Number, byte[] Bytes)> Fields(params int[] path)
    {
        (int Field, ulong Number, byte[] Bytes)[] at = [.. Protobuf.Fields(Message).Where(f => f.Field == path[0])];
        foreach (int field in path[1..])
        {
            at = [.. at.SelectMany(a => Protobuf.Fields(a.Bytes)).Where(f => f.Field == field)];
        }

        return at;
    }
}

/// <inheritdoc cref="TensorBoardEvent"/>
internal static class TensorBoardBytes
{
    public static IReadOnlyList<TensorBoardEvent> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var events = new List<TensorBoardEvent>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            byte[] message = bytes[(at + 12)..(at + 12 + length)];
            Assert.Equal(Masked(message), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(Event(message));
            at += 16 + length;
        }

        return events;
    }

    /// <summary>Computes CRC-32C bit by bit, with its reversed polynomial.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = Crc32C(data);
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }

    private static TensorBoardEvent Event(byte[] message)
    {
        (int Field, ulong Number, byte[] Bytes)[] fields = [.. Protobuf.Fields(message)];
        TensorBoardSummary[] summaries =
        [
            .. fields.Where(f => f.Field == 5).SelectMany(f => Protobuf.Fields(f.Bytes)).Where(f => f.Field == 1)
                .Select(f => new TensorBoardSummary(Encoding.UTF8.GetString(Protobuf.Fields(f.Bytes).Single(t => t.Field == 1).Bytes), f.Bytes)),
        ];
        return new(
            BitConverter.UInt64BitsToDouble(fields.Single(f => f.Field == 1).Number),
            (long)fields.SingleOrDefault(f => f.Field == 2).Number,
            fields.Where(f => f.Field == 3).Select(f => Encoding.UTF8.GetString(f.Bytes)).SingleOrDefault(),
            [.. summaries.Where(IsNumber).Select(s => (s.Tag, BitConverter.UInt32BitsToSingle((uint)s.Fields(2).Single().Number)))])
        {
            Others = [.. summaries.Where(s => !IsNumber(s))],
        };

        static bool IsNumber(TensorBoardSummary summary) => summary.Fields(2).Count > 0;
    }
}

/// <summary>Reads messages by the protobuf wire format.</summary>
internal static class Protobuf
{
    /// <summary>The fields of a message: numbers as their bits, others as bytes.</summary>
    public static IEnumerable<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            int field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return (field, Varint(message, ref at), []);
                    break;
                case 1:
                    yield return (field, BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at)), []);
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    yield return (field, 0, message[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    yield return (field, BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at)), []);
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
