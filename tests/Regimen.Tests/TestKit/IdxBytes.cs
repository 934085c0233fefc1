using System.Buffers.Binary;
using System.IO.Compression;

namespace Regimen.Tests.TestKit;

/// <summary>Idx files byte by byte, right ones and wrong ones.</summary>
internal static class IdxBytes
{
    /// <summary>A file with this header and these values, as they are.</summary>
    public static byte[] Of(byte type, int[] dimensions, params ReadOnlySpan<byte> values)
    {
        var bytes = new byte[4 + (4 * dimensions.Length) + values.Length];
        bytes[2] = type;
        bytes[3] = (byte)dimensions.Length;
        for (int i = 0; i < dimensions.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * i)), dimensions[i]);
        }

        values.CopyTo(bytes.AsSpan(4 + (4 * dimensions.Length)));
        return bytes;
    }

    /// <summary>The same packed with gzip.</summary>
    public static byte[] Packed(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
