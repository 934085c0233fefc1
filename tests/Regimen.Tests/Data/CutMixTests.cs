using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Data;

public sealed class CutMixTests
{
    /// <summary>Every pixel of an image is its class, so that the pixels of a mixed image tell the share of each class.</summary>
    private static readonly ImageDataset Plain = new(
        [.. Enumerable.Range(0, 55).SelectMany(i => Enumerable.Repeat((byte)(i % 5), 2 * 9 * 7))],
        [.. Enumerable.Range(0, 55).Select(i => i % 5)],
        new SampleShape(2, 9, 7),
        ["a", "b", "c", "d", "e"]);

    [Fact]
    public void Targets_are_the_shares_of_the_pixels()
    {
        using var loader = DataLoader.ForTraining(Plain, new LoaderOptions { BatchSize = 13, Workers = 0, Cutmix = 1 });
        int mixed = 0;
        foreach (Batch batch in loader.Epoch(3, 1))
        {
            float[] inputs = TensorMemory.Span<float>(batch.Input).ToArray();
            float[] targets = TensorMemory.Span<float>(batch.Target).ToArray();
            for (int i = 0; i < batch.Count; i++)
            {
                int[] classes = [.. inputs[(i * 126)..((i + 1) * 126)].Select(v => (int)MathF.Round(v * 255))];
                Assert.All(Enumerable.Range(0, 5), c => Assert.Equal(classes.Count(k => k == c) / 126f, targets[(i * 5) + c], 1e-6));
                mixed += classes.Distinct().Count() > 1 ? 1 : 0;

                // Both channels have the same rectangle.
                Assert.Equal(classes[..63], classes[63..]);
            }
        }

        Assert.InRange(mixed, 10, 55);
    }

    [Theory]
    [InlineData(3, 4, 0.75, 2, 6, 2, 4)]
    [InlineData(0, 0, 0.5, 0, 3, 0, 2)]
    [InlineData(6, 8, 0, 4, 9, 3, 7)]
    [InlineData(3, 4, 1, 4, 4, 3, 3)]
    public void A_rectangle_is_around_its_centre_and_within_the_image(int x, int y, double share, int top, int bottom, int left, int right)
        => Assert.Equal((top, bottom, left, right), new CutMix(2, 9, 7).Rectangle(x, y, share));

    [Fact]
    public void With_mixup_each_batch_is_mixed_in_one_of_the_two_ways()
    {
        using var both = DataLoader.ForTraining(Plain, new LoaderOptions { BatchSize = 5, Workers = 0, Cutmix = 1, Mixup = 1 });
        int sums = 0;
        int batches = 0;
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            foreach (Batch batch in both.Epoch(1, epoch))
            {
                // A weighted sum has values between the levels; a rectangle has none.
                sums += TensorMemory.Span<float>(batch.Input).ToArray().Any(v => MathF.Abs((v * 255) - MathF.Round(v * 255)) > 1e-3) ? 1 : 0;
                batches++;
            }
        }

        Assert.Equal(110, batches);
        Assert.InRange(sums, 30, 80);
    }

    [Fact]
    public void A_fraction_of_the_batches_is_mixed_and_the_others_are_as_they_are()
    {
        using var some = DataLoader.ForTraining(Plain, new LoaderOptions { BatchSize = 5, Workers = 0, Cutmix = 1, MixFraction = 0.4 });
        int mixed = 0;
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            foreach (Batch batch in some.Epoch(1, epoch))
            {
                float[] targets = TensorMemory.Span<float>(batch.Target).ToArray();
                Assert.Equal(5, targets.Sum(), 1e-5);
                mixed += targets.Any(t => t is > 0 and < 1) ? 1 : 0;
            }
        }

        Assert.InRange(mixed, 22, 60);
    }

    [Fact]
    public void Samples_that_are_no_images_and_objectives_without_probabilities_are_refused()
    {
        Problem shape = Assert.Single(Assert.Throws<RequestException>(() => DataLoader.ForTraining(
            TinyData.Clusters(20), new LoaderOptions { BatchSize = 4, Cutmix = 1 })).Problems);
        Assert.Equal(("loader.cutmix", "Use loader.mixup."), (shape.Where, shape.Hint));
        using var project = new ProjectFolder();
        Assert.Contains("loader.cutmix", project.Train("loader.cutmix=1", "objective=mse").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_cutmix_learns()
    {
        using var project = new ProjectFolder();
        CommandOutput run = project.Train("loader.cutmix=1", "trainer.epochs=8", "loader.batch_size=20", "--json").Ends(0);
        Assert.InRange(run.Json["val"]!["accuracy"]!.GetValue<double>(), 0.8, 1);
    }
}
