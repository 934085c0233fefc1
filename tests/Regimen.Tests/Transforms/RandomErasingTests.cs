using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

public sealed class RandomErasingTests
{
    private const int Side = 30;
    private static readonly SampleShape Shape = new(2, Side, Side);
    private static readonly float[] Image = [.. Enumerable.Repeat(1f, 2 * Side * Side)];

    [Fact]
    public void The_erased_area_is_one_rectangle_within_bounds_in_all_channels()
    {
        var erasing = new RandomErasing { P = 1, Value = 0.25 };
        for (int i = 0; i < 300; i++)
        {
            float[] output = One.Sample(erasing, Image, Shape, i);
            int[] painted = [.. Enumerable.Range(0, Side * Side).Where(at => output[at] == 0.25f)];
            Assert.Equal(painted, Enumerable.Range(0, Side * Side).Where(at => output[(Side * Side) + at] == 0.25f));
            int tall = painted.Max(at => at / Side) - painted.Min(at => at / Side) + 1;
            int wide = painted.Max(at => at % Side) - painted.Min(at => at % Side) + 1;
            Assert.Equal(tall * wide, painted.Length);

            // Sides are rounded to whole pixels.
            Assert.InRange(painted.Length / (double)(Side * Side), 0.01, 0.36);
            Assert.InRange((double)tall / wide, 0.2, 4.0);
            Assert.Equal(2 * Side * Side, output.Count(v => v == 1) + (2 * painted.Length));
        }
    }

    [Fact]
    public void The_fraction_of_erased_samples_is_the_probability()
    {
        var erasing = new RandomErasing { P = 0.3 };
        Assert.InRange(Enumerable.Range(0, 1000).Count(i => !One.Sample(erasing, Image, Shape, i).SequenceEqual(Image)), 240, 360);
    }

    [Fact]
    public void Invalid_ranges_are_refused()
    {
        Assert.Contains("`scale`", One.Refused(new RandomErasing { Scale = [0.5, 0.1] }, Shape).Expected, StringComparison.Ordinal);
        Assert.Contains("`ratio`", One.Refused(new RandomErasing { Ratio = [0, 1] }, Shape).Expected, StringComparison.Ordinal);
    }
}
