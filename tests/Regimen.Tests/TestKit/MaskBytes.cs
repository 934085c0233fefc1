using System.Buffers.Binary;
using System.IO.Compression;

namespace Regimen.Tests.TestKit;

/// <summary>Creates masks: PNG files of indices or grey levels.</summary>
internal static class MaskBytes
{
    /// <summary>Returns a PNG.</summary>
    /// <param name="width">The width.</param>
    /// <param name="height">The height.</param>
    /// <param name="values">The value of each pixel.</param>
    /// <param name="bits">The bits of a pixel: 1, 2, 4 or 8; 16 bits or colours are written as if they were 8 bits of one channel.</param>
    /// <param name="colour">PNG's colour type: 3 for a palette, 0 for grey.</param>
    /// <param name="filter">The filter of every row.</param>
    /// <param name="interlace">PNG's interlace method.</param>
    public static byte[] Png(int width, int height, ReadOnlySpan<byte> values, int bits = 8, byte colour = 3, int filter = 0, byte interlace = 0)
    {
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, (byte)bits, colour, 0, 0, interlace];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        int packed = Math.Min(bits, 8);
        int stride = ((width * packed) + 7) / 8;
        byte[] rows = new byte[stride * height];
        for (int i = 0; i < values.Length; i++)
        {
            int at = i % width * packed;
            rows[(i / width * stride) + (at / 8)] |= (byte)(values[i] << (8 - packed - (at % 8)));
        }

        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte((byte)filter);
                for (int x = 0; x < stride; x++)
                {
                    (int left, int above) = (At(x - 1, y), At(x, y - 1));
                    zlib.WriteByte((byte)(At(x, y) - filter switch { 0 => 0, 1 => left, 2 => above, 3 => (left + above) / 2, _ => Paeth(left, above, At(x - 1, y - 1)) }));
                }
            }
        }

        // Many indices have the same colour, so that colours alone would not tell them apart.
        byte[] palette = [.. Enumerable.Range(0, 3 << packed).Select(i => (byte)(i % 2))];
        return
        [
            0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. ImageBytes.Chunk("IHDR", header), .. colour == 3 ? ImageBytes.Chunk("PLTE", palette) : [],
            .. ImageBytes.Chunk("IDAT", data.ToArray()[..((int)data.Length / 2)]), .. ImageBytes.Chunk("IDAT", data.ToArray()[((int)data.Length / 2)..]), .. ImageBytes.Chunk("IEND", []),
        ];

        int At(int x, int y) => x < 0 || y < 0 ? 0 : rows[(y * stride) + x];
    }

    private static int Paeth(int left, int above, int corner)
    {
        (int a, int b, int c) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - corner - corner));
        return a <= b && a <= c ? left : b <= c ? above : corner;
    }
}
