using Regimen.Imaging;
using Regimen.Tests.TestKit;
using SkiaSharp;

namespace Regimen.Tests.Imaging;

public sealed class EncodedImageTests
{
    public static TheoryData<string, byte[], string, string?> Refused => new()
    {
        { "nothing", [], "The file is not a readable image", null },
        { "text", "hello, world"u8.ToArray(), "The file is not a readable image", "a file that begins with 0x68 0x65 0x6C 0x6C" },
        { "PNG cut in its header", ImageBytes.GreyPng(2, 2, [1, 2, 3, 4])[..20], "The file is not a readable image", "a damaged or truncated PNG" },
        { "JPEG cut in its header", ImageBytes.Colour(SKEncodedImageFormat.Jpeg, 8, 8)[..30], "The file is not a readable image", "a damaged or truncated JPEG" },
        { "TIFF", [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0], "The file is not a readable image", "a TIFF" },
        { "GIF", ImageBytes.Gif, "The image format is not supported", "GIF" },
        { "20,000 × 20,000", ImageBytes.HeaderOnlyPng(20_000, 20_000), "The image is too large", "20000 × 20000" },
        { "animated WebP", ImageBytes.AnimatedWebp, "The image is animated", "2 frames" },
        { "animated PNG", ImageBytes.AnimatedPng(), "The image is animated", "an animated PNG" },
        { "PNG cut in its pixels", ImageBytes.HeaderOnlyPng(100, 100), "The image is truncated or damaged", null },
        { "JPEG cut in its pixels", ImageBytes.Colour(SKEncodedImageFormat.Jpeg, 30, 30)[..^60], "The image is truncated or damaged", null },
        { "BMP cut in its pixels", ImageBytes.Bmp(9, 9, 1, 2, 3)[..^60], "The image is truncated or damaged", null },
        { "transparent PNG", ImageBytes.TransparentPng, "The image has transparent pixels", "alpha 128 at column 0, row 0" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void An_unsupported_or_damaged_image_is_rejected_with_its_file(string what, byte[] bytes, string message, string? received)
    {
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Decode(bytes, 3)).Problems);
        Assert.Equal("some/file", problem.Where);
        Assert.Equal(message, problem.Message);
        Assert.True(received is null || problem.Received == received, $"{what}: {problem.Received}");
    }

    [Fact]
    public void Greyscale_pixels_are_read_unchanged_and_repeated_for_three_channels()
    {
        byte[] pixels = [.. Enumerable.Range(0, 35).Select(i => (byte)(i * 7))];
        byte[] png = ImageBytes.GreyPng(7, 5, pixels);
        Assert.Equal(pixels, Decode(png, 1));
        Assert.Equal([.. pixels, .. pixels, .. pixels], Decode(png, 3));
    }

    [Fact]
    public void Colours_are_decoded_to_one_plane_per_channel()
    {
        // 31 × 3 pixels: whole vectors and a remainder.
        byte[] planes = Decode(ImageBytes.Colour(SKEncodedImageFormat.Png, 31, 3, blue: 99), 3);
        Assert.Equal([.. Enumerable.Range(0, 93).Select(i => (byte)(i % 31 * 8))], planes[..93]);
        Assert.Equal([.. Enumerable.Range(0, 93).Select(i => (byte)(i / 31 * 8))], planes[93..186]);
        Assert.All(planes[186..], blue => Assert.Equal(99, blue));
    }

    [Fact]
    public void Every_supported_format_is_read()
    {
        Assert.Equal([10, 20, 30], Decode(ImageBytes.Bmp(1, 1, 10, 20, 30), 3));
        Assert.Equal([10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30], Decode(ImageBytes.PalettePng, 3));
        foreach (SKEncodedImageFormat format in (ReadOnlySpan<SKEncodedImageFormat>)[SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp])
        {
            byte[] planes = Decode(ImageBytes.Colour(format, 16, 16, blue: 200), 3);
            Assert.InRange(planes[512..].Average(b => b), 190, 210);
        }
    }

    /// <summary>Expected: Pillow's convert("L") of red, green, blue and (12, 34, 56).</summary>
    [Theory]
    [InlineData(255, 0, 0, 76)]
    [InlineData(0, 255, 0, 150)]
    [InlineData(0, 0, 255, 29)]
    [InlineData(12, 34, 56, 30)]
    public void Colours_are_converted_to_greyscale_as_in_Pillow(byte red, byte green, byte blue, byte grey)
        => Assert.Equal([grey], Decode(ImageBytes.Bmp(1, 1, red, green, blue), 1));

    [Fact]
    public void A_damaged_png_is_rejected_or_gives_the_same_pixels()
    {
        byte[] original = ImageBytes.GreyPng(20, 20, [.. Enumerable.Range(0, 400).Select(i => (byte)(i * i))]);
        byte[] pixels = Decode(original, 1);
        foreach ((int number, byte[] bytes) in Mutations.Of(original))
        {
            byte[]? read = DecodeOrRefuse(bytes, 1);
            Assert.True(read is null || read.AsSpan().SequenceEqual(pixels), $"mutation {number}");
        }
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    [InlineData(SKEncodedImageFormat.Bmp)]
    public void A_damaged_file_without_a_checksum_is_rejected_or_read_deterministically(SKEncodedImageFormat format)
    {
        byte[] original = format == SKEncodedImageFormat.Bmp ? ImageBytes.Bmp(20, 20, 1, 2, 3) : ImageBytes.Colour(format, 20, 20);
        foreach ((int number, byte[] bytes) in Mutations.Of(original))
        {
            byte[]? once = DecodeOrRefuse(bytes, 3);
            byte[]? again = DecodeOrRefuse(bytes, 3);
            Assert.True(once is null ? again is null : again is not null && once.AsSpan().SequenceEqual(again), $"mutation {number}");
        }
    }

    private static byte[]? DecodeOrRefuse(byte[] bytes, int channels)
    {
        try
        {
            return Decode(bytes, channels);
        }
        catch (RequestException refusal)
        {
            Assert.Equal("some/file", Assert.Single(refusal.Problems).Where);
            return null;
        }
    }

    private static byte[] Decode(byte[] bytes, int channels)
    {
        using EncodedImage image = EncodedImage.Open("some/file", bytes);
        var planes = new byte[channels * image.Width * image.Height];
        image.Decode(channels, planes);
        return planes;
    }
}
