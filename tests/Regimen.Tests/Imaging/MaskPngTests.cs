using Regimen.Findings;
using Regimen.Imaging;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Imaging;

public sealed class MaskPngTests
{
    public static MatrixTheoryData<int, byte, int> Forms => new([1, 2, 4, 8], [0, 3], [0, 1, 2, 3, 4]);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Values_are_those_stored_whatever_their_bits_colour_and_filter(int bits, byte colour, int filter)
    {
        byte[] values = [.. Enumerable.Range(0, 13 * 7).Select(i => (byte)(((i * 37) + (i / 5)) % (1 << bits)))];
        MaskImage mask = MaskPng.Read("mask.png", MaskBytes.Png(13, 7, values, bits, colour, filter));
        Assert.Equal((7, 13), (mask.Height, mask.Width));
        Assert.Equal(values, mask.Values);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        byte[] values = [.. Enumerable.Range(0, 11 * 5).Select(i => (byte)(i * 31))];
        byte[] png = PngFile.WriteIndices(11, 5, values, MaskColours.Palette);
        Assert.Equal(values, MaskPng.Read("mask.png", png).Values);
        Assert.Equal(png, PngFile.WriteIndices(11, 5, values, MaskColours.Palette));

        // Pascal VOC's first colours, and 255.
        Assert.Equal([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128], MaskColours.Palette[..15].ToArray());
        Assert.Equal([224, 224, 192], MaskColours.Palette[^3..].ToArray());
    }

    public static TheoryData<string, byte[]> Wrong => new()
    {
        { "not a PNG", ImageBytes.Gif },
        { "not a PNG", [] },
        { "has no class indices", ImageBytes.ColourPng(2, 1, [1, 2, 3, 4, 5, 6]) },
        { "has no class indices", ImageBytes.TransparentPng },
        { "has no class indices", ImageBytes.Grey16Png(2, 2, _ => 1) },
        { "interlaced", MaskBytes.Png(3, 2, new byte[6], interlace: 1) },
        { "unknown filter", MaskBytes.Png(3, 2, new byte[6], filter: 9) },
        { "size out of bounds", MaskBytes.Png(0, 2, []) },
        { "can't be decompressed", ImageBytes.HeaderOnlyPng(300, 300) },
        { "size out of bounds", ImageBytes.HeaderOnlyPng(30_000, 30_000) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_file_that_is_no_mask_is_refused(string message, byte[] file)
        => Assert.Contains(message, Assert.Throws<RequestException>(() => MaskPng.Read("mask.png", file)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_truncated_or_changed_file_is_refused_at_every_byte()
    {
        byte[] whole = MaskBytes.Png(9, 6, [.. Enumerable.Range(0, 54).Select(i => (byte)(i % 3))]);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Throws<RequestException>(() => MaskPng.Read("mask.png", whole[..length]));
            byte[] changed = [.. whole];
            changed[length] ^= 0x10;
            Assert.Throws<RequestException>(() => MaskPng.Read("mask.png", changed));
        }
    }
}
