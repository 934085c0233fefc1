using System.Buffers.Binary;
using System.IO.Compression;

namespace Regimen.Tests.TestKit;

/// <summary>Creates idx files, valid and invalid ones.</summary>
internal static class IdxBytes
{
    /// <summary>Returns a file with the given header and values.</summary>
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

    /// <summary>Compresses bytes with gzip.</summary>
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
