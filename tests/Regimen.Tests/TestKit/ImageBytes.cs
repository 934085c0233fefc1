using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;

namespace Regimen.Tests.TestKit;

/// <summary>Creates image files, valid and invalid ones.</summary>
internal static class ImageBytes
{
    /// <summary>An animated WebP of two frames of 2×2.</summary>
    public static byte[] AnimatedWebp { get; } = Convert.FromBase64String(
        "UklGRsQAAABXRUJQVlA4WAoAAAACAAAAAQAAAQAAQU5JTQYAAAAAAAAAAABBTk1GSgAAAAAAAAAAAAEAAAEAAGQAAAJWUDggMgAAADABAJ0BKgIAAgABQCYloAADcAD+8ut///mw"
        + "P/bz/wR6Af//0uD//pcH//S4P/SkAAAAQU5NRkYAAAAAAAAAAAABAAABAABkAAAAVlA4IC4AAAA0AQCdASoCAAIAAAAmJaAAA3AA/vtV4///S4P/+lwf/9Lg/9Lg//rV5Vesq6AA");

    /// <summary>A GIF of 2×2.</summary>
    public static byte[] Gif { get; } = Convert.FromBase64String("R0lGODdhAgACAIEAAP8AAAAAAAAAAAAAACwAAAAAAgACAAAIBgABCAQQEAA7");

    /// <summary>A PNG of 2×2 with an alpha of 128 in every pixel.</summary>
    public static byte[] TransparentPng { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFElEQVR4nGOMCnBrYGBgYGBigAIAFkoBdGGEHMIAAAAASUVORK5CYII=");

    /// <summary>A palette PNG of 2×2 with the colour (10, 20, 30) in every pixel.</summary>
    public static byte[] PalettePng { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAQMAAABIeJ9nAAAABlBMVEUAAAAKFB58UdYvAAAADElEQVR4nGM4wHAAAAMEAYEUGL32AAAAAElFTkSuQmCC");

    /// <summary>Returns a greyscale PNG.</summary>
    public static byte[] GreyPng(int width, int height, ReadOnlySpan<byte> pixels)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        Span<byte> to = bitmap.GetPixelSpan();
        for (int y = 0; y < height; y++)
        {
            pixels.Slice(y * width, width).CopyTo(to[(y * bitmap.RowBytes)..]);
        }

        return Encode(bitmap, SKEncodedImageFormat.Png, 100);
    }

    /// <summary>Returns a colour PNG.</summary>
    /// <param name="width">The width.</param>
    /// <param name="height">The height.</param>
    /// <param name="pixels">Red, green and blue of each pixel.</param>
    public static byte[] ColourPng(int width, int height, ReadOnlySpan<byte> pixels)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int i = 0; i < width * height; i++)
        {
            bitmap.SetPixel(i % width, i / width, new SKColor(pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]));
        }

        return Encode(bitmap, SKEncodedImageFormat.Png, 100);
    }

    /// <summary>Returns a colour image; red depends on the column, green on the row, blue is a parameter.</summary>
    public static byte[] Colour(SKEncodedImageFormat format, int width, int height, byte blue = 0)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 8), (byte)(y * 8), blue));
            }
        }

        return Encode(bitmap, format, 95);
    }

    /// <summary>Returns an uncompressed BMP of 24 bits per pixel and one colour.</summary>
    public static byte[] Bmp(int width, int height, byte red, byte green, byte blue)
    {
        int row = ((width * 3) + 3) / 4 * 4;
        var bytes = new byte[54 + (row * height)];
        "BM"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), bytes.Length);
        bytes[10] = 54;
        bytes[14] = 40;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), height);
        bytes[26] = 1;
        bytes[28] = 24;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                ((ReadOnlySpan<byte>)[blue, green, red]).CopyTo(bytes.AsSpan(54 + (y * row) + (3 * x)));
            }
        }

        return bytes;
    }

    /// <summary>Returns a PNG with this size in its header and almost no pixels.</summary>
    public static byte[] HeaderOnlyPng(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            zlib.Write(new byte[100]);
        }

        return [.. Signature, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>Returns a PNG whose header declares an animation of two frames.</summary>
    public static byte[] AnimatedPng()
    {
        byte[] still = GreyPng(2, 2, [1, 2, 3, 4]);
        int afterHeader = Signature.Length + 25;
        return [.. still[..afterHeader], .. Chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]), .. still[afterHeader..]];
    }

    /// <summary>Returns a greyscale JPEG of 16×8 with an EXIF orientation: its left half is dark, its right half light.</summary>
    public static byte[] OrientedJpeg(int orientation)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(16, 8, SKColorType.Gray8, SKAlphaType.Opaque));
        for (int i = 0; i < 128; i++)
        {
            bitmap.SetPixel(i % 16, i / 16, i % 16 < 8 ? new SKColor(40, 40, 40) : new SKColor(200, 200, 200));
        }

        byte[] jpeg = Encode(bitmap, SKEncodedImageFormat.Jpeg, 100);
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif"u8, 0, 0, .. "MM"u8, 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    /// <summary>Returns a greyscale PNG of 16 bits per level.</summary>
    public static byte[] Grey16Png(int width, int height, Func<int, ushort> level)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 16;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                for (int x = 0; x < width; x++)
                {
                    ushort value = level((y * width) + x);
                    zlib.Write([(byte)(value >> 8), (byte)value]);
                }
            }
        }

        return [.. Signature, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Returns a chunk of a PNG, with its checksum.</summary>
    public static byte[] Chunk(string name, byte[] content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        System.Text.Encoding.ASCII.GetBytes(name).CopyTo(chunk, 4);
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Checksum(chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    /// <summary>Computes the CRC-32 of PNG.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0xEDB88320);
            }
        }

        return ~crc;
    }

    private static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format, int quality)
    {
        using SKData data = bitmap.Encode(format, quality);
        return data.ToArray();
    }
}
