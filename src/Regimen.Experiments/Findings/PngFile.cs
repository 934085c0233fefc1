using System.Buffers.Binary;
using System.IO.Compression;
using Regimen.WeightFiles;

namespace Regimen.Findings;

/// <summary>Writes small pictures as PNG: the same bytes for the same pixels and version of .NET, without loading a native library.</summary>
internal static class PngFile
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes a picture of 8 bits a channel.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="pixels">The values, row by row, the channels of a pixel together.</param>
    public static byte[] Write(int width, int height, int channels, ReadOnlySpan<byte> pixels) => Write(width, height, channels, pixels, []);

    /// <summary>Writes a picture of indices into a palette.</summary>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="indices">The index of each pixel, row by row.</param>
    /// <param name="palette">The colours: red, green and blue of each index, at most 256.</param>
    public static byte[] WriteIndices(int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette) => Write(width, height, 1, indices, palette);

    private static byte[] Write(int width, int height, int channels, ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> palette)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, palette.Length > 0 ? (byte)3 : channels == 3 ? (byte)2 : (byte)0);
        Chunk(file, "IHDR"u8, header);
        if (palette.Length > 0)
        {
            Chunk(file, "PLTE"u8, palette);
        }

        Chunk(file, "IDAT"u8, Compress(width * channels, height, channels, pixels));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Compress(int stride, int height, int channels, ReadOnlySpan<byte> pixels)
    {
        using var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.SmallestSize))
        {
            var line = new byte[stride + 1];
            for (int y = 0; y < height; y++)
            {
                // Each value minus that of the pixel before it: photographs become smaller, and drawings not larger.
                ReadOnlySpan<byte> row = pixels.Slice(y * stride, stride);
                line[0] = 1;
                for (int x = 0; x < stride; x++)
                {
                    line[x + 1] = (byte)(row[x] - (x >= channels ? row[x - channels] : 0));
                }

                zlib.Write(line);
            }
        }

        return bytes.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        var sum = new Crc32();
        sum.Add(type);
        sum.Add(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, sum.Value);
        file.Write(number);
    }
}
