using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Regimen.WeightFiles;

namespace Regimen.Imaging;

/// <summary>The values of a PNG as they are stored: indices into its palette, or levels of grey that are not scaled.</summary>
/// <param name="Height">The height in pixels.</param>
/// <param name="Width">The width in pixels.</param>
/// <param name="Values">The values, <c>[height, width]</c>.</param>
internal sealed record MaskImage(int Height, int Width, byte[] Values);

/// <summary>Reads masks: PNG files with a palette, or of one channel, of at most 8 bits.</summary>
/// <remarks>Image libraries decode a palette to its colours, and scale levels of fewer than 8 bits. Both would change the class of a pixel, so the
/// format is read here (Portable Network Graphics, W3C recommendation).</remarks>
internal static class MaskPng
{
    private const string Kind = "a PNG of class indices: with a palette, or greyscale, 8 bits or fewer per pixel";
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a mask.</summary>
    /// <param name="path">The path for messages.</param>
    /// <param name="bytes">The content of the file.</param>
    /// <exception cref="RequestException">It is not such a PNG, or is damaged, truncated or too large.</exception>
    public static MaskImage Read(string path, byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith(Signature))
        {
            throw Refusal(path, "The mask is not a PNG", Kind, ImageFormat.Describe(bytes));
        }

        using var data = new MemoryStream();
        (int Width, int Height, int Bits)? header = null;
        bool ended = false;
        for (int at = Signature.Length; !ended;)
        {
            (ReadOnlySpan<byte> type, ReadOnlySpan<byte> content) = Chunk(path, bytes, ref at);
            if (header is null)
            {
                header = Header(path, type, content);
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                data.Write(content);
            }

            ended = type.SequenceEqual("IEND"u8);
        }

        (int width, int height, int bits) = header!.Value;
        data.Position = 0;
        return new MaskImage(height, width, Pixels(path, data, width, height, bits));
    }

    private static ByteChunk Chunk(string path, byte[] bytes, ref int at)
    {
        ReadOnlySpan<byte> rest = bytes.AsSpan(at);
        uint length = rest.Length >= 12 ? BinaryPrimitives.ReadUInt32BigEndian(rest) : uint.MaxValue;
        if (length > rest.Length - 12)
        {
            throw Damaged(path, "The mask is truncated");
        }

        ReadOnlySpan<byte> summed = rest.Slice(4, 4 + (int)length);
        var sum = new Crc32();
        sum.Add(summed);
        if (sum.Value != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
        {
            throw Damaged(path, "The mask is damaged: a checksum does not match");
        }

        at += 12 + (int)length;
        return new ByteChunk(summed[..4], summed[4..]);
    }

    private static (int Width, int Height, int Bits) Header(string path, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        if (!type.SequenceEqual("IHDR"u8) || content.Length != 13)
        {
            throw Damaged(path, "The mask is damaged: it has no header");
        }

        (uint width, uint height) = (BinaryPrimitives.ReadUInt32BigEndian(content), BinaryPrimitives.ReadUInt32BigEndian(content[4..]));
        (int bits, int colour, int interlace) = (content[8], content[9], content[12]);
        if (colour is not (0 or 3) || bits is not (1 or 2 or 4 or 8))
        {
            string colours = colour switch { 0 or 3 => "greyscale", 2 => "colours", 4 => "greyscale with transparency", 6 => "colours with transparency", _ => $"colour type {colour}" };
            throw Refusal(path, "The mask has no class indices", Kind, string.Create(CultureInfo.InvariantCulture, $"{colours}, {bits} bits per channel"));
        }

        return interlace != 0 ? throw Refusal(path, "The mask is an interlaced PNG", "a PNG that is not interlaced", "Adam7")
            : width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || (long)width * height > EncodedImage.MaxPixels
                ? throw Refusal(path, "The mask has a size out of bounds", $"1 to {EncodedImage.MaxPixels} pixels", $"{width} × {height}")
                : ((int)width, (int)height, bits);
    }

    private static byte[] Pixels(string path, MemoryStream data, int width, int height, int bits)
    {
        int stride = (int)((((long)width * bits) + 7) / 8);
        byte[] values = new byte[width * height];
        byte[] row = new byte[stride];
        byte[] above = new byte[stride];
        try
        {
            using var zlib = new ZLibStream(data, CompressionMode.Decompress);
            for (int y = 0; y < height; y++)
            {
                int filter = zlib.ReadByte();
                zlib.ReadExactly(row);
                Unfilter(path, filter, row, above);
                Unpack(row, bits, values.AsSpan(y * width, width));
                (row, above) = (above, row);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(path, "The mask is damaged: its pixels can't be decompressed");
        }

        return values;
    }

    /// <summary>Undoes the filter of a row. A pixel has at most one byte, so the pixel to the left is the byte before.</summary>
    private static void Unfilter(string path, int filter, Span<byte> row, ReadOnlySpan<byte> above)
    {
        if (filter is < 0 or > 4)
        {
            throw Damaged(path, "The mask is damaged: a row has an unknown filter");
        }

        for (int x = 0; x < row.Length && filter != 0; x++)
        {
            byte left = x > 0 ? row[x - 1] : (byte)0;
            byte corner = x > 0 ? above[x - 1] : (byte)0;
            row[x] += filter switch
            {
                1 => left,
                2 => above[x],
                3 => (byte)((left + above[x]) / 2),
                _ => Paeth(left, above[x], corner),
            };
        }
    }

    private static byte Paeth(byte left, byte above, byte corner)
    {
        int guess = left + above - corner;
        (int a, int b, int c) = (Math.Abs(guess - left), Math.Abs(guess - above), Math.Abs(guess - corner));
        return a <= b && a <= c ? left : b <= c ? above : corner;
    }

    private static void Unpack(ReadOnlySpan<byte> row, int bits, Span<byte> values)
    {
        int each = 8 / bits;
        int mask = (1 << bits) - 1;
        for (int x = 0; x < values.Length; x++)
        {
            values[x] = (byte)((row[x / each] >> (8 - (bits * ((x % each) + 1)))) & mask);
        }
    }

    private static RequestException Damaged(string path, string message) => new(new Problem(message) { Where = path, Hint = "Replace the file." });

    private static RequestException Refusal(string path, string message, string expected, string received)
        => new(new Problem(message) { Where = path, Expected = expected, Received = received });

    private readonly ref struct ByteChunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        private readonly ReadOnlySpan<byte> _type = type;
        private readonly ReadOnlySpan<byte> _content = content;

        public void Deconstruct(out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> content)
        {
            type = _type;
            content = _content;
        }
    }
}
