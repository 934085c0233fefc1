using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

/// <summary>Tests that a transform gives an image and its mask the same geometry. A mask's value is a place of the image, so that each pixel says where it
/// comes from.</summary>
public sealed class MaskTransformsTests
{
    private const int Height = 13;
    private const int Width = 11;
    private static readonly SampleShape Image = new(1, Height, Width);

    public static TheoryData<Transform> Moves =>
    [
        new HorizontalFlip(), new VerticalFlip(), new CenterCrop { Size = [7, 6] }, new RandomCrop { Size = [9, 12], Padding = 3 }, new RandomResizedCrop { Scale = [0.3, 1] },
        new RandomResizedCrop { Size = [17, 8] }, new Resize { Size = [26, 33] }, new RandomAffine { Degrees = 40, Translate = [0.2], Scale = [0.8, 1.6], Shear = [10, 5] },
    ];

    [Theory]
    [MemberData(nameof(Moves))]
    public void A_pixel_of_the_mask_comes_from_where_that_of_the_image_comes_from(Transform transform)
    {
        SampleShape after = transform.Transformed(Image);
        int compared = 0;
        for (int sample = 0; sample < 40; sample++)
        {
            foreach (bool isRow in (bool[])[true, false])
            {
                // Interpolation of a slope is exact, so the image tells the place of its pixel; below -100 it mixes with the outside.
                int Place(int i) => isRow ? i / Width : i % Width;
                float[] image = [.. Enumerable.Range(0, Image.Elements).Select(i => (float)Place(i))];
                byte[] mask = [.. Enumerable.Range(0, Image.Elements).Select(i => (byte)Place(i))];
                (float[] moved, byte[] movedMask) = Apply(transform, image, mask, after, sample);
                (float[] outside, _) = Apply(transform, new float[image.Length].Select(_ => 1f).ToArray(), mask, after, sample);
                for (int i = 0; i < movedMask.Length; i++)
                {
                    if (outside[i] > 0.999f)
                    {
                        compared++;
                        Assert.NotEqual(MaskTarget.Ignored, movedMask[i]);
                        Assert.InRange(moved[i] - movedMask[i], -0.751f, 0.751f);
                    }
                    else if (outside[i] < 0.001f)
                    {
                        Assert.Equal(MaskTarget.Ignored, movedMask[i]);
                    }
                }
            }
        }

        Assert.InRange(compared, 1000, int.MaxValue);
    }

    [Theory]
    [InlineData(nameof(AugmentationOperation.ShearX), 0.3)]
    [InlineData(nameof(AugmentationOperation.ShearY), -0.2)]
    [InlineData(nameof(AugmentationOperation.TranslateX), 4)]
    [InlineData(nameof(AugmentationOperation.TranslateY), -3)]
    [InlineData(nameof(AugmentationOperation.Rotate), 25)]
    [InlineData(nameof(AugmentationOperation.Rotate), -110)]
    public void Operations_of_policies_move_a_mask_as_the_nearest_pixels_of_an_image(string name, double magnitude)
    {
        AugmentationOperation operation = Enum.Parse<AugmentationOperation>(name);
        using var image = new PixelImage(1, Height, Width);
        using var mask = new PixelImage(1, Height, Width);
        for (int i = 0; i < Image.Elements; i++)
        {
            image.Pixels[i] = mask.Pixels[i] = (byte)i;
        }

        AugmentationOperations.Apply(image, operation, (float)magnitude, PixelInterpolation.Nearest, MaskTarget.Ignored);
        AugmentationOperations.ApplyToMask(mask, operation, (float)magnitude);
        Assert.Equal(image.Pixels.ToArray(), mask.Pixels.ToArray());
        Assert.Contains(MaskTarget.Ignored, mask.Pixels.ToArray());
    }

    public static TheoryData<Transform> Colours =>
    [
        new ColorJitter(), new RandomGrayscale { P = 1 }, new GaussianBlur { P = 1 }, new RandomSharpness { P = 1 }, new RandomPosterize { P = 1 }, new RandomSolarize { P = 1 },
        new RandomInvert { P = 1 }, new RandomAutocontrast { P = 1 }, new RandomEqualize { P = 1 }, new RandomErasing { P = 1 }, new Normalize([0.5], [0.2]),
    ];

    [Theory]
    [MemberData(nameof(Colours))]
    public void Colours_leave_the_mask(Transform transform)
    {
        byte[] mask = [.. Enumerable.Range(0, Image.Elements).Select(i => (byte)(i % 5))];
        (_, byte[] after) = Apply(transform, new float[Image.Elements], mask, Image, 3);
        Assert.Equal(mask, after);
    }

    [Fact]
    public void A_policy_draws_the_same_for_image_and_mask()
    {
        byte[] mask = [.. Enumerable.Range(0, Image.Elements).Select(i => (byte)i)];
        float[] image = [.. mask.Select(m => m / 255f)];
        int moved = 0;
        foreach (Transform policy in (Transform[])[new RandAugment { Operations = 3 }, new TrivialAugmentWide()])
        {
            for (int sample = 0; sample < 60; sample++)
            {
                RandomStream forImage = RandomStream.For(1, RandomPurpose.Augmentation, 1, sample);
                RandomStream forMask = forImage;
                var output = new byte[mask.Length];
                policy.Apply(image, new float[image.Length], Image, ref forImage);
                ((IMaskTransform)policy).ApplyToMask(mask, output, Image, ref forMask);
                Assert.Equal(forImage.NextUInt64(), forMask.NextUInt64());
                moved += output.AsSpan().SequenceEqual(mask) ? 0 : 1;
            }
        }

        Assert.InRange(moved, 30, 110);
        Assert.False(typeof(AugMix).IsAssignableTo(typeof(IMaskTransform)));
    }

    private static (float[] Image, byte[] Mask) Apply(Transform transform, float[] image, byte[] mask, SampleShape after, int sample)
    {
        RandomStream random = RandomStream.For(7, RandomPurpose.Augmentation, 2, sample);
        RandomStream same = random;
        var output = new float[after.Elements];
        var classes = new byte[after.Elements];
        transform.Apply(image, output, Image, ref random);
        ((IMaskTransform)transform).ApplyToMask(mask, classes, Image, ref same);
        return (output, classes);
    }
}
