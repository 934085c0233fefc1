using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>The samplers there are.</summary>
public static class Samplers
{
    /// <summary>Every sample once an epoch, each epoch in an order of its own.</summary>
    public static Sampler Shuffled { get; } = new ShuffledSampler();

    /// <summary>Every sample once an epoch, in the order of the set.</summary>
    public static Sampler Sequential { get; } = new SequentialSampler();

    /// <summary>As many draws an epoch as there are samples, each sample as likely as its weight says, with replacement.</summary>
    /// <param name="weights">One a sample, 0 or more and not all 0; they need not sum to 1.</param>
    public static Sampler Weighted(IReadOnlyList<double> weights) => new WeightedSampler(weights);

    /// <summary>Every class equally often (to one sample) an epoch, whatever its size: samples of a small class are seen several times,
    /// and some of a large class not at all.</summary>
    /// <param name="labels">The class index of each sample.</param>
    public static Sampler ClassBalanced(IReadOnlyList<int> labels) => new ClassBalancedSampler(labels);

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
