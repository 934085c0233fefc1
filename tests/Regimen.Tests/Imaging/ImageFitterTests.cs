using Regimen.Imaging;

namespace Regimen.Tests.Imaging;

/// <summary>Expected values: Pillow 9.4's resize(…, BILINEAR) and torchvision's Resize and CenterCrop on the same image.</summary>
public sealed class ImageFitterTests
{
    private const int Width = 7;
    private const int Height = 5;
    private static readonly byte[] Image = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)((i * 37) + (i * i * 11)))];

    public static TheoryData<int, int, int[]> Resized => new()
    {
        { 3, 2, [120, 168, 129, 156, 121, 125] },
        { 4, 4, [51, 149, 153, 142, 138, 180, 180, 95, 205, 104, 130, 91, 161, 73, 155, 142] },
        {
            10, 8,
            [
                0, 26, 66, 115, 178, 160, 75, 170, 160, 106, 13, 76, 135, 153, 185, 175, 131, 195, 154, 75, 35, 143, 221, 195, 192, 194, 199, 219, 140,
                35, 88, 160, 194, 123, 180, 193, 154, 128, 77, 25, 157, 195, 184, 68, 132, 157, 129, 115, 74, 32, 243, 246, 190, 30, 49, 85, 124, 179,
                133, 56, 216, 184, 120, 15, 91, 138, 144, 164, 144, 110, 188, 131, 64, 6, 129, 185, 159, 148, 147, 150,
            ]
        },
        { 7, 3, [13, 127, 153, 201, 125, 218, 76, 126, 226, 92, 179, 146, 135, 32, 215, 155, 7, 137, 143, 171, 111] },
        { 3, 5, [46, 145, 140, 153, 200, 157, 150, 159, 64, 200, 81, 135, 104, 133, 150] },
    };

    [Theory]
    [MemberData(nameof(Resized))]
    public void Stretching_gives_the_same_bytes_as_Pillow(int width, int height, int[] expected)
        => Assert.Equal(expected, Fit(Image, height, width, ImageFit.Stretch, channels: 1));

    [Fact]
    public void Cropping_gives_the_same_bytes_as_torchvision()
        => Assert.Equal([36, 119, 174, 150, 118, 183, 189, 170, 208, 128, 110, 135, 178, 58, 131, 154], Fit(Image, 4, 4, ImageFit.Crop, channels: 1));

    [Fact]
    public void Channels_are_fitted_independently()
    {
        int[] one = Fit(Image, 2, 3, ImageFit.Crop, channels: 1);
        Assert.Equal([.. one, .. one, .. one], Fit([.. Image, .. Image, .. Image], 2, 3, ImageFit.Crop, channels: 3));
    }

    private static int[] Fit(byte[] planes, int height, int width, ImageFit fit, int channels)
    {
        var output = new byte[channels * height * width];
        new ImageFitter(height, width, fit).Apply(planes, Height, Width, channels, output);
        return Array.ConvertAll(output, b => (int)b);
    }

    /// <summary>A line of 20,000 pixels, scaled to cover 3×5, is 60,000 or 100,000 pixels long. Only the cropped region is computed.</summary>
    [Theory]
    [InlineData(1, 20_000, new int[] { 214, 169, 125, 80, 128, 214, 169, 125, 80, 128, 214, 169, 125, 80, 128 })]
    [InlineData(20_000, 1, new int[] { 187, 187, 187, 187, 187, 160, 160, 160, 160, 160, 134, 134, 134, 134, 134 })]
    public void A_long_line_is_cropped_as_in_Pillow_with_little_memory(int height, int width, int[] expected)
    {
        byte[] line = [.. Enumerable.Range(0, 20_000).Select(i => (byte)((i * 37) + (i * i * 11)))];
        var output = new byte[15];
        long before = GC.GetAllocatedBytesForCurrentThread();
        new ImageFitter(3, 5, ImageFit.Crop).Apply(line, height, width, 1, output);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.Equal(expected, output.Select(b => (int)b));
    }

    [Theory]
    [InlineData(1, 20_000, new int[] { 4, 24, 64, 124, 195, 4, 24, 64, 124, 195, 4, 24, 64, 124, 195 })]
    [InlineData(20_000, 1, new int[] { 13, 13, 13, 13, 13, 67, 67, 67, 67, 67, 163, 163, 163, 163, 163 })]
    public void A_long_line_is_stretched_as_in_Pillow(int height, int width, int[] expected)
    {
        byte[] line = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * i / 1_600_000))];
        var output = new byte[15];
        new ImageFitter(3, 5, ImageFit.Stretch).Apply(line, height, width, 1, output);
        Assert.Equal(expected, output.Select(b => (int)b));
    }
}
