using System.Buffers.Binary;

namespace Regimen.Imaging;

/// <summary>Inspects the bytes of an image file.</summary>
internal static class ImageFormat
{
    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Describes a file that could not be read as an image.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes) => bytes switch
    {
        _ when bytes.StartsWith(Png) => "a damaged or truncated PNG",
        [0xFF, 0xD8, ..] => "a damaged or truncated JPEG",
        [(byte)'B', (byte)'M', ..] => "a damaged or truncated BMP",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "a damaged or truncated WebP",
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "a TIFF",
        [(byte)'<', ..] => "text: SVG, HTML or XML",
        _ => $"a file that begins with {string.Join(' ', bytes[..Math.Min(4, bytes.Length)].ToArray().Select(b => $"0x{b:X2}"))}",
    };

    /// <summary>Whether a PNG has 16 bits per channel (PNG, third edition: the ninth byte of the first chunk, IHDR). The other formats never
    /// have.</summary>
    public static bool Is16BitPng(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Png) && bytes.Length > 24 && bytes[24] == 16;

    /// <summary>Whether a PNG has an animation control chunk before its pixels (PNG, third edition: acTL), which decoders of still images
    /// ignore.</summary>
    public static bool IsAnimatedPng(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Png))
        {
            return false;
        }

        // A chunk consists of length, name, content and checksum.
        for (long at = Png.Length; at + 8 <= bytes.Length;)
        {
            ReadOnlySpan<byte> name = bytes.Slice((int)at + 4, 4);
            if (name.SequenceEqual("acTL"u8) || name.SequenceEqual("IDAT"u8))
            {
                return name[0] == (byte)'a';
            }

            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(bytes[(int)at..]);
        }

        return false;
    }
}
