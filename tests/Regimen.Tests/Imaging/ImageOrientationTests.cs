using Regimen.Imaging;

namespace Regimen.Tests.Imaging;

public sealed class ImageOrientationTests
{
    /// <summary>Expected: Pillow 9.4's ImageOps.exif_transpose of an image of 2 rows and 3 columns.</summary>
    [Theory]
    [InlineData(1, new int[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(2, new int[] { 2, 1, 0, 5, 4, 3 })]
    [InlineData(3, new int[] { 5, 4, 3, 2, 1, 0 })]
    [InlineData(4, new int[] { 3, 4, 5, 0, 1, 2 })]
    [InlineData(5, new int[] { 0, 3, 1, 4, 2, 5 })]
    [InlineData(6, new int[] { 3, 0, 4, 1, 5, 2 })]
    [InlineData(7, new int[] { 5, 2, 4, 1, 3, 0 })]
    [InlineData(8, new int[] { 2, 5, 1, 4, 0, 3 })]
    public void Orientations_are_applied_as_in_Pillow(int orientation, int[] expected)
    {
        byte[] image = [0, 1, 2, 3, 4, 5];
        var output = new byte[12];
        ImageOrientation.Apply([.. image, .. image.Select(b => (byte)(b + 10))], 2, 3, orientation, output);
        Assert.Equal([.. expected, .. expected.Select(v => v + 10)], output.Select(b => (int)b));
    }
}
