using Regimen.Data;
using Regimen.Imaging;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;
using Regimen.Transforms;
using SkiaSharp;

namespace Regimen.Tests.Imaging;

public sealed class ContactSheetTests
{
    private static readonly DataSplits Data = new() { Train = TinyData.Images(30, new SampleShape(1, 8, 8), classes: 3), TrainTransforms = [new Normalize(0.5, 0.5)] };

    [Fact]
    public void Samples_are_taken_from_the_classes_in_turn_as_stored()
    {
        SheetSamples chosen = SheetSamples.Choose(Data, 42, 7);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], chosen.Samples.Select(s => s.Index));
        Assert.Equal(["class 0", "class 1", "class 2", "class 0"], chosen.Samples.Take(4).Select(s => s.Label));
        Assert.Equal(DatasetContent.Of(Data.Train).Pixels[..64], chosen.Samples[0].Before.Values.Select(v => (byte)MathF.Round(v * 255)));
        Assert.All(chosen.Samples, s => Assert.Null(s.After));
        Assert.Empty(chosen.Transforms);
    }

    [Fact]
    public void A_sample_has_its_transformed_image_of_the_first_epoch()
    {
        var crop = new RandomCrop { Padding = 2, Size = [9] };
        SheetSamples chosen = SheetSamples.Choose(Data with { TrainTransforms = [crop, new Normalize(0.5, 0.5)] }, 42, 5);
        Assert.Equal(["random_crop"], chosen.Transforms);
        SheetSample sample = chosen.Samples[4];
        RandomStream random = RandomStream.For(42, RandomPurpose.Augmentation, 1, 4);
        var expected = new float[81];
        crop.Apply(sample.Before.Values, expected, Data.Train.SampleShape, ref random);
        Assert.Equal(expected, sample.After!.Values);
        Assert.Equal(new SampleShape(1, 9, 9), sample.After.Shape);
    }

    [Fact]
    public void The_sheet_is_a_png_that_contains_the_pixels_of_the_images()
    {
        // One white and one black image, enlarged.
        var white = new ImageDataset([.. Enumerable.Repeat(byte.MaxValue, 256), .. new byte[256]], [0, 1], new SampleShape(1, 16, 16), ["white", "black"]);
        byte[] png = ContactSheet.Draw("two", new DataSplits { Train = white }, 42);
        using SKBitmap sheet = SKBitmap.Decode(png);
        SKColor[] pixels = sheet.Pixels;
        Assert.InRange(pixels.Count(p => p == SKColors.Black), 112 * 112, (112 * 112) + 200);
        Assert.InRange(pixels.Count(p => p == SKColors.White), 112 * 112, 132 * 158 * 2);
        Assert.Equal(png, ContactSheet.Draw("two", new DataSplits { Train = white }, 42));
    }

    [Theory]
    [InlineData(1, 300, 20)]
    [InlineData(3, 20, 300)]
    [InlineData(5, 1, 1)]
    public void Any_image_and_any_name_can_be_drawn(int channels, int height, int width)
    {
        ImageDataset images = TinyData.Images(3, new SampleShape(channels, height, width), classes: 3);
        Assert.NotEmpty(ContactSheet.Draw("猫 and a name that is much longer than the sheet is wide, " + new string('x', 300), new DataSplits { Train = images }, 42));
    }

    [Fact]
    public void Samples_that_are_not_images_are_rejected()
        => Assert.Contains(
            "images",
            Assert.Single(Assert.Throws<RequestException>(() => ContactSheet.Draw("t", new DataSplits { Train = TinyData.Clusters() }, 1)).Problems).Message,
            StringComparison.Ordinal);
}
