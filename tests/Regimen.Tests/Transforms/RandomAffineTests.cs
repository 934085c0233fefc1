using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

public sealed class RandomAffineTests
{
    /// <summary>Expected: torchvision 0.14's <c>affine(…, BILINEAR)</c> on the same image, which measures angles clockwise.</summary>
    public static TheoryData<double, double, double, double, double[]> Moved => new()
    {
        {
            30, 2, 1, 1.25,
            [
                0.0, 0.00828, 0.11333, 0.3421, 0.43418, 0.37438, 0.33277, 0.0, 0.24045, 0.44087, 0.76128, 0.83894, 0.68064, 0.7742,
                0.12334, 0.7743, 0.81705, 0.72965, 0.48752, 0.72469, 0.74681, 0.39355, 0.77791, 0.85374, 0.43103, 0.33321, 0.875,
                0.68872, 0.21113, 0.33871, 0.2739, 0.0382, 0.20585, 0.44642, 0.49912,
            ]
        },
        {
            0, 1, -2, 1.0,
            [
                0.0, 0.44531, 0.83594, 0.3125, 0.875, 0.52344, 0.25781, 0.0, 0.98437, 0.97656, 0.05469, 0.21875, 0.46875, 0.80469,
                0.0, 0.73437, 0.32813, 0.00781, 0.77344, 0.625, 0.5625, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
                0.0, 0.0,
            ]
        },
        {
            -75, 0, 0, 0.8,
            [
                0.0, 0.0, 0.77483, 0.45149, 0.26674, 0.47139, 0.00894, 0.0, 0.13331, 0.5428, 0.58102, 0.61637, 0.51942, 0.0, 0.0,
                0.34396, 0.74429, 0.875, 0.38794, 0.3964, 0.0, 0.0, 0.20655, 0.81775, 0.36439, 0.08594, 0.09012, 0.0, 0.0, 0.02553,
                0.42208, 0.87183, 0.45429, 0.0, 0.0,
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Moved))]
    public void Affine_resampling_matches_torchvision(double degrees, double shiftX, double shiftY, double scale, double[] expected)
    {
        float[] output = new float[35];
        new RandomAffine().Resample(
            ResizeTests.Image, output, 1, 5, 7, AffineMap.Of(degrees, scale: scale), shiftX, shiftY);
        Assert.All(output.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 2e-5));
    }

    [Fact]
    public void Zero_amounts_leave_the_image_unchanged()
        => Assert.Equal(ResizeTests.Image, One.Sample(new RandomAffine { Degrees = 0, Translate = [0] }, ResizeTests.Image, ResizeTests.Shape));

    [Fact]
    public void Shifts_are_within_their_bounds_and_expose_the_fill_value()
    {
        // A single bright pixel: the centre of mass of the output is its new position.
        var shift = new RandomAffine { Degrees = 0, Translate = [0.2, 0.1], Fill = 0 };
        float[] image = new float[400];
        image[(10 * 20) + 10] = 1;
        var places = new List<(double X, double Y)>();
        for (int i = 0; i < 500; i++)
        {
            float[] output = One.Sample(shift, image, new SampleShape(1, 20, 20), i);
            Assert.Equal(1, output.Sum(), 1e-5);
            places.Add((output.Select((v, at) => v * (at % 20)).Sum() - 10, output.Select((v, at) => v * (at / 20)).Sum() - 10));
        }

        Assert.InRange(places.Max(p => Math.Abs(p.X)), 3.8, 4.0001);
        Assert.InRange(places.Max(p => Math.Abs(p.Y)), 1.9, 2.0001);
        Assert.InRange(places.Average(p => p.X), -0.4, 0.4);
        Assert.Contains(0.5f, One.Sample(shift with { Fill = 0.5, Translate = [1] }, image, new SampleShape(1, 20, 20)));
    }

    [Fact]
    public void Invalid_ranges_are_refused()
    {
        Assert.Contains("`translate`", One.Refused(new RandomAffine { Translate = [1.5] }, ResizeTests.Shape).Expected, StringComparison.Ordinal);
        Assert.Contains("`scale`", One.Refused(new RandomAffine { Scale = [2, 1] }, ResizeTests.Shape).Expected, StringComparison.Ordinal);
        Assert.Contains("images", One.Refused(new RandomAffine(), new SampleShape(4)).Message, StringComparison.Ordinal);
    }
}
