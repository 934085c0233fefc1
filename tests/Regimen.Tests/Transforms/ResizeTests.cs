using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

/// <summary>Expected values: PyTorch 1.13's <c>interpolate(mode="bilinear", antialias=True)</c> on the same image.</summary>
public sealed class ResizeTests
{
    internal static readonly SampleShape Shape = new(1, 5, 7);
    internal static readonly float[] Image = [.. Enumerable.Range(0, 35).Select(i => ((i * 37) + (i * i * 11)) % 256 / 256f)];

    public static TheoryData<int, int, double[]> Resized => new()
    {
        { 2, 3, [0.469815, 0.656125, 0.506037, 0.608513, 0.472259, 0.486049] },
        {
            5, 4,
            [
                0.102307, 0.506875, 0.527187, 0.571057, 0.486979, 0.795313, 0.8025, 0.506324, 0.606399, 0.574688, 0.56875, 0.176339, 0.936756, 0.285,
                0.465937, 0.485863, 0.52567, 0.28625, 0.654063, 0.577753,
            ]
        },
        {
            8, 10,
            [
                0.0, 0.103125, 0.255859, 0.447266, 0.694531, 0.626172, 0.292187, 0.664062, 0.624609, 0.414062, 0.05127, 0.299145, 0.526733, 0.596118,
                0.721362, 0.684106, 0.512475, 0.762329, 0.600855, 0.294434, 0.137695, 0.557983, 0.86438, 0.759448, 0.751001, 0.758179, 0.777856, 0.853394,
                0.545728, 0.136719, 0.342773, 0.626099, 0.758179, 0.478931, 0.702417, 0.754028, 0.59939, 0.50061, 0.299878, 0.097656, 0.61377, 0.760132,
                0.717896, 0.264331, 0.516626, 0.612671, 0.502466, 0.44812, 0.291821, 0.124512, 0.950684, 0.960083, 0.74353, 0.115649, 0.193628, 0.334106,
                0.487085, 0.695923, 0.521558, 0.217285, 0.84375, 0.716187, 0.465942, 0.057495, 0.354907, 0.539819, 0.562231, 0.640503, 0.560571, 0.428711,
                0.734375, 0.510938, 0.248047, 0.023828, 0.505469, 0.721484, 0.621875, 0.578125, 0.573047, 0.585938,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Resized))]
    public void Resizing_matches_PyTorch(int height, int width, double[] expected)
    {
        var resize = new Resize { Size = [height, width] };
        Assert.Equal(new SampleShape(1, height, width), resize.Transformed(Shape));
        float[] output = One.Sample(resize, Image, Shape);
        Assert.Equal(expected.Length, output.Length);
        Assert.All(output.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 2e-6));
    }

    [Fact]
    public void Channels_are_resized_independently()
    {
        var resize = new Resize { Size = [3] };
        float[] one = One.Sample(resize, Image, Shape);
        Assert.Equal([.. one, .. one], One.Sample(resize, [.. Image, .. Image], new SampleShape(2, 5, 7)));
    }
}
