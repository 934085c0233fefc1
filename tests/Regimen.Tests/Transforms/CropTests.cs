using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

public sealed class CropTests
{
    private static readonly SampleShape Shape = new(2, 2, 3);
    private static readonly float[] Image = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60];

    [Fact]
    public void A_random_crop_takes_every_position_about_equally_often()
    {
        var crop = new RandomCrop { Padding = 1, Fill = 7 };
        var seen = new Dictionary<int, int>();
        for (int i = 0; i < 900; i++)
        {
            float[] output = One.Sample(crop, Image, Shape, i);
            int place = Enumerable.Range(0, 9).Single(p => output.SequenceEqual(Padded(p / 3, p % 3, 2, 3)));
            seen[place] = seen.GetValueOrDefault(place) + 1;
        }

        Assert.Equal(9, seen.Count);
        Assert.All(seen.Values, count => Assert.InRange(count, 60, 140));
    }

    [Fact]
    public void A_random_crop_may_be_smaller_or_larger_than_the_image()
    {
        Assert.Equal(new SampleShape(2, 1, 2), new RandomCrop { Size = [1, 2], Padding = 0 }.Transformed(Shape));
        float[] small = One.Sample(new RandomCrop { Size = [1, 2], Padding = 0 }, Image, Shape);
        Assert.Contains(Enumerable.Range(0, 4), p => small.SequenceEqual(Padded((p / 2) + 1, (p % 2) + 1, 1, 2)));
        Assert.Equal(Padded(0, 0, 4, 5), One.Sample(new RandomCrop { Size = [4, 5], Padding = 1, Fill = 7 }, Image, Shape));
    }

    [Fact]
    public void A_center_crop_matches_torchvision()
    {
        float[] ramp = [.. Enumerable.Range(0, 25).Select(i => (float)i)];
        Assert.Equal([6, 7, 8, 11, 12, 13, 16, 17, 18], One.Sample(new CenterCrop { Size = [3] }, ramp, new SampleShape(1, 5, 5)));
        Assert.Equal([10, 11], One.Sample(new CenterCrop { Size = [1, 2] }, ramp[..20], new SampleShape(1, 5, 4)).Select(v => v + 1));
        Assert.Equal(Image, One.Sample(new CenterCrop { Size = [2, 3] }, Image, Shape));
    }

    [Fact]
    public void A_crop_larger_than_the_image_is_refused_with_both_sizes()
    {
        Problem random = One.Refused(new RandomCrop { Size = [5], Padding = 1 }, Shape);
        Assert.Equal(("a size of at most 4 × 5: the image's 2 × 3 with its padding", "5 × 5"), (random.Expected, random.Received));
        Assert.Equal("a size of at most 2 × 3", One.Refused(new CenterCrop { Size = [3] }, Shape).Expected);
        Assert.Contains("[0, 2]", One.Refused(new CenterCrop { Size = [0, 2] }, Shape).Received, StringComparison.Ordinal);
        Assert.Contains("images", One.Refused(new RandomCrop(), new SampleShape(784)).Message, StringComparison.Ordinal);
    }

    /// <summary>Returns a crop of the image padded with one pixel of value 7.</summary>
    private static float[] Padded(int top, int left, int height, int width) =>
    [
        .. from channel in Enumerable.Range(0, 2)
           from y in Enumerable.Range(top - 1, height)
           from x in Enumerable.Range(left - 1, width)
           select y is < 0 or > 1 || x is < 0 or > 2 ? 7 : Image[(channel * 6) + (y * 3) + x],
    ];
}
