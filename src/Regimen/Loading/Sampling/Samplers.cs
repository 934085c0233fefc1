using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>The built-in samplers.</summary>
public static class Samplers
{
    /// <summary>Every sample once per epoch, each epoch in a new random order.</summary>
    public static Sampler Shuffled { get; } = new ShuffledSampler();

    /// <summary>Every sample once per epoch, in the order of the set.</summary>
    public static Sampler Sequential { get; } = new SequentialSampler();

    /// <summary>Draws with replacement, as many draws per epoch as there are samples, each sample with a probability proportional to its
    /// weight.</summary>
    /// <param name="weights">One weight per sample, 0 or more and not all 0; they need not sum to 1.</param>
    public static Sampler Weighted(IReadOnlyList<double> weights) => new WeightedSampler(weights);

    /// <summary>Draws every class equally often per epoch (up to one sample), whatever its size: samples of a small class are drawn several times,
    /// and some of a large class not at all.</summary>
    /// <param name="labels">The class index of each sample.</param>
    public static Sampler ClassBalanced(IReadOnlyList<int> labels) => new ClassBalancedSampler(labels);

    /// <summary>Draws each sample several times in succession, each time with another augmentation; an epoch has as many draws as there are
    /// samples.</summary>
    /// <param name="repeats">The number of draws in succession, at least 1.</param>
    public static Sampler Repeated(int repeats)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        return new RepeatedSampler(repeats);
    }

    /// <summary>Every sample once per epoch, in batches of samples of similar lengths, so that little of a batch is padding.</summary>
    /// <param name="lengths">The length of each sample.</param>
    /// <param name="batchSize">The number of samples in a batch.</param>
    /// <param name="batches">The number of batches whose samples are sorted by length together: more give less padding, fewer a more random
    /// order.</param>
    public static Sampler Bucket(IReadOnlyList<int> lengths, int batchSize, int batches = 50)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        return new BucketSampler(lengths, batchSize, batches);
    }

    private sealed class ShuffledSampler : Sampler
    {
        public override bool Repeats => false;

        public override void Fill(Span<int> order, ulong seed, int epoch)
        {
            Sequential.Fill(order, seed, epoch);
            RandomStream.For(seed, RandomPurpose.Order, epoch).Shuffle(order);
        }
    }

    private sealed class SequentialSampler : Sampler
    {
        public override bool Repeats => false;

        public override void Fill(Span<int> order, ulong seed, int epoch)
        {
            for (int i = 0; i < order.Length; i++)
            {
                order[i] = i;
            }
        }
    }
}
