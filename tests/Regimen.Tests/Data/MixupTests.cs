using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Data;

public sealed class MixupTests
{
    private static readonly ImageDataset Images = TinyData.Images(60, new SampleShape(1, 4, 4), classes: 5);

    [Fact]
    public void Inputs_and_targets_are_mixed_with_the_same_weight()
    {
        using var mixed = Loader(0.7, batchSize: 12);
        using var plain = Loader(0, batchSize: 12);
        (float[] Input, float[] Target)[] batches = [.. mixed.Epoch(42, 1).Select(Copy)];
        float[][] pure = [.. plain.Epoch(42, 1).Select(b => TensorMemory.Span<float>(b.Input).ToArray())];
        long[][] labels = [.. plain.Epoch(42, 1).Select(b => TensorMemory.Span<long>(b.Target).ToArray())];
        var weights = new HashSet<float>();
        for (int b = 0; b < batches.Length; b++)
        {
            // One weight per batch: it is the target of a sample's own class where its partner has another class.
            float weight = Enumerable.Range(0, 12).Select(i => batches[b].Target[(i * 5) + (int)labels[b][i]]).First(p => p < 1);
            weights.Add(weight);
            for (int i = 0; i < 12; i++)
            {
                float[] row = batches[b].Input[(i * 16)..((i + 1) * 16)];
                int partner = Enumerable.Range(0, 12).Single(j => Enumerable.Range(0, 16).All(
                    k => MathF.Abs(row[k] - ((pure[b][(i * 16) + k] * weight) + (pure[b][(j * 16) + k] * (1 - weight)))) < 1e-6));
                float[] expected = new float[5];
                expected[labels[b][i]] += weight;
                expected[labels[b][partner]] += 1 - weight;
                Assert.Equal(expected, batches[b].Target[(i * 5)..((i + 1) * 5)]);
            }
        }

        Assert.Equal(batches.Length, weights.Count);
    }

    [Fact]
    public void Mixup_is_a_function_of_seed_epoch_and_position()
    {
        float[] expected = Read(workers: 0, first: 0, seed: 42, epoch: 2);
        Assert.Equal(expected, Read(workers: 3, first: 0, seed: 42, epoch: 2));
        Assert.Equal(expected[(2 * 7 * 21)..], Read(workers: 1, first: 2, seed: 42, epoch: 2));
        Assert.NotEqual(expected, Read(workers: 0, first: 0, seed: 42, epoch: 3));
        Assert.NotEqual(expected, Read(workers: 0, first: 0, seed: 43, epoch: 2));
    }

    /// <summary>Beta(α, α) has mean 1/2 and variance 1 / (4 (2α + 1)).</summary>
    [Theory]
    [InlineData(0.2)]
    [InlineData(1.0)]
    [InlineData(4.0)]
    public void Weights_follow_the_beta_distribution(double alpha)
    {
        var two = new ImageDataset([0, 255], [0, 1], new SampleShape(1, 1, 1), ["a", "b"]);
        BatchMixing mixup = BatchMixing.For(two, two.SampleShape, alpha, cutmix: 0)!;
        var weights = new List<double>();
        float[] targets = new float[4];
        for (int epoch = 1; weights.Count < 4000; epoch++)
        {
            mixup.Apply(new EpochPlan(1, epoch, [0, 1], null), 0, [0, 1], new float[2], targets);
            if (targets[1] > 0)
            {
                weights.Add(targets[0]);
            }
        }

        double mean = weights.Average();
        Assert.Equal(0.5, mean, 0.02);
        Assert.Equal(1 / (4 * ((2 * alpha) + 1)), weights.Average(p => (p - mean) * (p - mean)), 0.01);
    }

    [Fact]
    public void Samples_without_a_class_are_refused()
        => Assert.Equal(
            "loader.mixup",
            Assert.Single(Assert.Throws<RequestException>(() => DataLoader.ForTraining(
                TinyData.Numbered(10), new LoaderOptions { BatchSize = 2, Mixup = 0.2 })).Problems).Where);

    [Fact]
    public void A_fraction_of_mixed_batches_without_mixing_is_refused()
        => Assert.Equal(
            "loader.mix_fraction",
            Assert.Single(Assert.Throws<RequestException>(() => DataLoader.ForTraining(
                TinyData.Numbered(10), new LoaderOptions { BatchSize = 2, MixFraction = 0.5 })).Problems).Where);

    [Fact]
    public void A_run_with_mixup_learns_and_does_not_depend_on_workers()
    {
        using var project = new ProjectFolder();
        string[] line = ["loader.mixup=0.4", "trainer.epochs=8", "loader.batch_size=20", "--json"];
        CommandOutput one = project.Train(line).Ends(0);
        CommandOutput other = project.Train([.. line, "loader.workers=0"]).Ends(0);
        Assert.Equal(one.Json["weights_digest"]!.ToString(), other.Json["weights_digest"]!.ToString());
        Assert.InRange(one.Json["val"]!["accuracy"]!.GetValue<double>(), 0.8, 1);
    }

    private static float[] Read(int workers, int first, ulong seed, int epoch)
    {
        using var loader = Loader(0.4, batchSize: 7, workers);
        return [.. loader.Epoch(seed, epoch, first).Select(Copy).SelectMany(b => b.Input.Concat(b.Target))];
    }

    private static DataLoader Loader(double mixup, int batchSize, int workers = 0) => DataLoader.ForTraining(
        Images, new LoaderOptions { BatchSize = batchSize, Workers = workers, Mixup = mixup }, [new HorizontalFlip(), new Normalize(0.5, 0.5)]);

    private static (float[] Input, float[] Target) Copy(Batch batch)
        => (TensorMemory.Span<float>(batch.Input).ToArray(), TensorMemory.Span<float>(batch.Target).ToArray());
}
