using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

/// <summary>Tests the transforms on bytes and the policies as a loader applies them, and by their names in configs.</summary>
public sealed class AugmentationTests
{
    private static readonly Transform[] All =
    [
        new RandomResizedCrop(), new VerticalFlip(), new ColorJitter(), new GaussianBlur(), new RandomGrayscale(), new RandomPosterize(), new RandomSolarize(),
        new RandomInvert(), new RandomAutocontrast(), new RandomEqualize(), new RandomSharpness(), new RandomAffine { Shear = [10, 5] }, new RandAugment(),
        new TrivialAugmentWide(), new AugMix(),
    ];

    public static TheoryData<string> Names => [.. All.Select(t => t.Describe()["name"]!.GetValue<string>())];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Batches_do_not_depend_on_workers_or_on_where_reading_begins(int channels)
    {
        ImageDataset images = TinyData.Images(47, new SampleShape(channels, 11, 9));
        float[] expected = Read(images, workers: 0, first: 0, epoch: 3);
        Assert.Equal(expected, Read(images, workers: 1, first: 0, epoch: 3));
        Assert.Equal(expected, Read(images, workers: 3, first: 0, epoch: 3));

        // As after a resumption in the middle of an epoch.
        Assert.Equal(expected[(4 * 7 * ((channels * 99) + 10))..], Read(images, workers: 2, first: 4, epoch: 3));
        Assert.NotEqual(expected, Read(images, workers: 0, first: 0, epoch: 4));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_transform_changes_images_and_keeps_their_range(string name)
    {
        Transform transform = All.Single(t => t.Describe()["name"]!.GetValue<string>() == name);
        foreach (int channels in new[] { 1, 3 })
        {
            var shape = new SampleShape(channels, 23, 29);
            float[] image = [.. Enumerable.Range(0, shape.Elements).Select(i => (40 + (i * 7 % 150)) / 255f)];
            float[][] results = [.. Enumerable.Range(0, 30).Select(i => One.Sample(transform, image, shape, i))];
            Assert.All(results, r => Assert.All(r, v => Assert.InRange(v, 0, 1)));
            Assert.Equal(results[3], One.Sample(transform, image, shape, 3));
            if (!(name == "random_grayscale" && channels == 1))
            {
                Assert.Contains(results, r => !r.SequenceEqual(image));
                Assert.True(results.Distinct(EqualityComparer<float[]>.Create((a, b) => a!.SequenceEqual(b!), a => a[0].GetHashCode())).Count() > 1);
            }
        }
    }

    [Fact]
    public void A_probability_of_zero_leaves_every_bit()
    {
        var shape = new SampleShape(3, 5, 6);
        float[] image = [.. Enumerable.Range(0, 90).Select(i => i * 2 * (1f / 255f))];
        Assert.All(
            (Transform[])[new RandomPosterize { P = 0 }, new RandomInvert { P = 0 }, new GaussianBlur { P = 0 }, new ColorJitter { Brightness = 0, Contrast = 0, Saturation = 0, Hue = 0 }],
            t => Assert.Equal(image, One.Sample(t, image, shape)));
    }

    [Fact]
    public void A_copy_of_a_policy_has_its_own_operations()
    {
        var shape = new SampleShape(1, 16, 16);
        float[] image = [.. Enumerable.Range(0, 256).Select(i => (i * 31 % 256) / 255f)];
        var mix = new AugMix();
        One.Sample(mix, image, shape);
        AugMix few = mix with { AllOperations = false };
        Assert.Equal(
            [.. Enumerable.Range(0, 9).Select(i => One.Sample(new AugMix { AllOperations = false }, image, shape, i))],
            Enumerable.Range(0, 9).Select(i => One.Sample(few, image, shape, i)));
    }

    [Fact]
    public void Images_of_other_channels_and_kernels_beyond_the_image_are_refused()
    {
        Assert.Equal("1 or 3 channels", One.Refused(new RandAugment(), new SampleShape(2, 8, 8)).Expected);
        Assert.Contains("images", One.Refused(new ColorJitter(), new SampleShape(64)).Message, StringComparison.Ordinal);
        Assert.Contains("kernel_size", One.Refused(new GaussianBlur { KernelSize = [9] }, new SampleShape(1, 4, 20)).Expected, StringComparison.Ordinal);
        Assert.Contains("kernel_size", One.Refused(new GaussianBlur { KernelSize = [4] }, new SampleShape(1, 20, 20)).Expected, StringComparison.Ordinal);
        Assert.Contains("`sigma`", One.Refused(new GaussianBlur { Sigma = [2, 1] }, new SampleShape(1, 20, 20)).Expected, StringComparison.Ordinal);
        Assert.Contains("`scale`", One.Refused(new RandomResizedCrop { Scale = [0, 1] }, new SampleShape(1, 20, 20)).Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_lists_them_by_name()
    {
        using var project = new ProjectFolder();
        string list = $"[{string.Join(", ", All.Select(t => t.Describe()["name"]))}]";
        CommandOutput one = project.Train($"transforms.train={list}", "loader.cutmix=1", "loader.mixup=0.3", "loader.sampler=repeated", "--json").Ends(0);
        CommandOutput other = project.Train($"transforms.train={list}", "loader.cutmix=1", "loader.mixup=0.3", "loader.sampler=repeated", "loader.workers=3", "--json").Ends(0);
        Assert.Equal(one.Json["weights_digest"]!.ToString(), other.Json["weights_digest"]!.ToString());
        Assert.Contains("transforms.eval[0]", project.Train("transforms.eval=[rand_augment]").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("magnitude", project.Train("transforms.train=[{name: rand_augment, magnitude: 31}]").Ends(2).Error, StringComparison.Ordinal);
    }

    private static float[] Read(ImageDataset images, int workers, int first, int epoch)
    {
        var options = new LoaderOptions { BatchSize = 7, Workers = workers, Sampler = SamplerKind.Repeated, Repeats = 2, Cutmix = 1, Mixup = 0.4 };
        using var loader = DataLoader.ForTraining(images, options, [.. All, new Normalize(0.4, 0.3)]);
        return [.. loader.Epoch(5, epoch, first).SelectMany(b => TensorMemory.Span<float>(b.Input).ToArray().Concat(TensorMemory.Span<float>(b.Target).ToArray()).ToArray())];
    }
}
