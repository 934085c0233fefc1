using Regimen.Data;
using Regimen.Loading;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Data;

public sealed class SamplerTests
{
    [Fact]
    public void The_order_of_every_sampler_is_a_function_of_seed_and_epoch()
    {
        int[] labels = [.. Enumerable.Range(0, 200).Select(i => i % 7)];
        foreach (Sampler sampler in (Sampler[])[Samplers.Shuffled, Samplers.Weighted([.. labels.Select(l => l + 0.5)]), Samplers.ClassBalanced(labels)])
        {
            int[] first = Order(sampler, 200, seed: 1, epoch: 1);
            Assert.Equal(first, Order(sampler, 200, seed: 1, epoch: 1));
            Assert.NotEqual(first, Order(sampler, 200, seed: 1, epoch: 2));
            Assert.NotEqual(first, Order(sampler, 200, seed: 2, epoch: 1));
        }
    }

    [Fact]
    public void The_weighted_sampler_draws_in_proportion_to_the_weights()
    {
        double[] weights = [0, 1, 3, 0, 6, 0];
        int[] drawn = new int[6];
        for (int epoch = 1; epoch <= 5000; epoch++)
        {
            foreach (int sample in Order(Samplers.Weighted(weights), 6, seed: 9, epoch))
            {
                drawn[sample]++;
            }
        }

        // 30,000 draws: the standard deviation is at most 87.
        for (int i = 0; i < 6; i++)
        {
            Assert.InRange(drawn[i], (3000 * weights[i]) - 435, (3000 * weights[i]) + 435);
            Assert.Equal(weights[i] > 0, drawn[i] > 0);
        }
    }

    [Fact]
    public void The_balanced_sampler_draws_classes_equally_often_and_repeats_a_sample_only_after_its_class()
    {
        // 90 of class 0, 8 of class 1, 2 of class 4: 33 or 34 draws each.
        int[] labels = [.. Enumerable.Repeat(0, 90), .. Enumerable.Repeat(1, 8), 4, 4];
        var extra = new HashSet<int>();
        for (int epoch = 1; epoch <= 20; epoch++)
        {
            int[] order = Order(Samplers.ClassBalanced(labels), 100, seed: 2, epoch);
            foreach (IGrouping<int, int> ofClass in order.GroupBy(i => labels[i]))
            {
                Assert.InRange(ofClass.Count(), 33, 34);
                extra.UnionWith(ofClass.Count() == 34 ? [ofClass.Key] : []);
                int[] times = [.. labels.Index().Where(l => l.Item == ofClass.Key).Select(l => ofClass.Count(i => i == l.Index))];
                Assert.InRange(times.Max() - times.Min(), 0, 1);
            }
        }

        Assert.Equal([0, 1, 4], extra.Order());
    }

    [Theory]
    [InlineData(new[] { 1.0, -1 }, "received -1 for sample 1")]
    [InlineData(new[] { double.NaN }, "received NaN for sample 0")]
    [InlineData(new[] { 0.0, 0 }, "at least one weight above 0")]
    [InlineData(new double[0], "at least one weight above 0")]
    public void Invalid_weights_are_refused(double[] weights, string message)
        => Assert.Contains(message, Assert.Throws<ArgumentException>(() => Samplers.Weighted(weights)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_sample_drawn_twice_is_augmented_in_two_ways()
    {
        int[] order = [2, 0, 2, 2, 1];
        var plan = new EpochPlan(1, 1, order, EpochPlan.CountDraws(order));
        ulong[] numbers = [.. Enumerable.Range(0, 5).Select(place => plan.RandomOf(place).NextUInt64())];
        Assert.Equal(5, numbers.Distinct().Count());
        Assert.Equal(RandomStream.For(1, RandomPurpose.Augmentation, 1, 2).NextUInt64(), numbers[0]);
    }

    [Fact]
    public void A_config_selects_a_sampler()
    {
        using DataLoader sequential = Loader(new LoaderOptions { Sampler = SamplerKind.Sequential });
        Assert.Equal(Enumerable.Range(0, 100), sequential.Order(1, 1));
        using DataLoader weighted = Loader(new LoaderOptions { Sampler = SamplerKind.Weighted, ClassWeights = [0, 1, 0] });
        Assert.All(weighted.Order(1, 1), i => Assert.Equal(1, i % 3));
        using DataLoader balanced = Loader(new LoaderOptions { Sampler = SamplerKind.ClassBalanced });
        Assert.All(balanced.Order(1, 1).CountBy(i => i % 3), c => Assert.InRange(c.Value, 33, 34));
        Assert.Equal(100, balanced.Samples);
    }

    [Fact]
    public void Labels_are_read_from_samples_if_the_data_set_has_no_list()
    {
        IDataset clusters = TinyData.Clusters(700);
        Assert.Equal(clusters.Labels, ClassLabels.Of(new Unlisted(clusters)));
    }

    [Fact]
    public void A_subset_has_the_labels_of_its_samples()
        => Assert.Equal([1, 0], new Subset(TinyData.Clusters(9), [4, 3]).Labels);

    public static TheoryData<LoaderOptions, string> Wrong => new()
    {
        { new() { Sampler = SamplerKind.Shuffled, Shuffle = false }, "loader.sampler: This sampler has a random order, which loader.shuffle=false excludes" },
        { new() { ClassWeights = [1, 1, 1] }, "loader.class_weights: Class weights apply only to the weighted sampler" },
        { new() { Sampler = SamplerKind.Weighted }, "loader.class_weights: The weighted sampler needs a weight for each class\n"
            + "  expected 3 numbers, in the order of the classes class 0, class 1, class 2; received null" },
        { new() { Sampler = SamplerKind.Weighted, ClassWeights = [1, 2] }, "in the order of the classes class 0, class 1, class 2; received 2" },
        { new() { Sampler = SamplerKind.Weighted, ClassWeights = [1, -2, 1] }, "expected finite numbers of 0 or more; received -2" },
        { new() { Sampler = SamplerKind.Weighted, ClassWeights = [1, double.NaN, 1] }, "received NaN" },
        { new() { Sampler = SamplerKind.Weighted, ClassWeights = [0, 0, 0] }, "No sample can be drawn" },
        { new() { Sampler = SamplerKind.Weighted, ClassWeights = [1e308, 1e308, 1] }, "No sample can be drawn" },
        { new() { BatchSize = 101, Sampler = SamplerKind.Weighted }, "A batch is larger than the training set" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_sampler_option_is_refused(LoaderOptions options, string message)
        => Assert.Contains(message, Assert.Throws<RequestException>(() => Loader(options with { BatchSize = Math.Max(1, options.BatchSize) })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(SamplerKind.ClassBalanced)]
    [InlineData(SamplerKind.Weighted)]
    public void Class_samplers_need_classes(SamplerKind kind)
    {
        RequestException error = Assert.Throws<RequestException>(
            () => DataLoader.ForTraining(TinyData.Numbered(10), new LoaderOptions { BatchSize = 2, Sampler = kind, ClassWeights = kind == SamplerKind.Weighted ? [1] : null }));
        Assert.Equal("loader.sampler", Assert.Single(error.Problems).Where);
    }

    [Fact]
    public void Weights_of_another_set_are_refused()
    {
        var options = new LoaderOptions { BatchSize = 2 };
        Assert.Contains("10 weights", Assert.Throws<RequestException>(
            () => DataLoader.ForTraining(TinyData.Numbered(10), options, sampler: Samplers.Weighted([1, 2, 3]))).Message, StringComparison.Ordinal);
        Assert.Contains("10 labels", Assert.Throws<RequestException>(
            () => DataLoader.ForTraining(TinyData.Numbered(10), options, sampler: Samplers.ClassBalanced([1, 2, 3]))).Message, StringComparison.Ordinal);
    }

    private static DataLoader Loader(LoaderOptions options) => DataLoader.ForTraining(TinyData.Clusters(100), options);

    private static int[] Order(Sampler sampler, int count, ulong seed, int epoch)
    {
        var order = new int[count];
        sampler.Fill(order, seed, epoch);
        return order;
    }

    private sealed class Unlisted(IDataset source) : IDataset
    {
        public int Count => source.Count;

        public IReadOnlyList<Field> Fields => source.Fields;

        public SampleShape SampleShape => source.SampleShape;

        public IReadOnlyList<string> Classes => source.Classes;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into) => source.Gather(indices, scale, into);

        public void AppendTo(System.Security.Cryptography.IncrementalHash hash) => source.AppendTo(hash);
    }
}
