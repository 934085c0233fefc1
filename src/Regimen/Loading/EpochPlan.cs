using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>One epoch as it will be read: fixed before the first batch.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Order">The samples in the order in which they are seen.</param>
/// <param name="Draws">How often the sample at each place of the order was seen before in the epoch; null where none is seen twice.</param>
internal sealed record EpochPlan(ulong Seed, int Epoch, int[] Order, int[]? Draws)
{
    /// <summary>What the transforms of the sample at this place of the order draw from: a function of seed, epoch and sample, and of the
    /// times it was seen before, so that a sample drawn twice is augmented in two ways.</summary>
    public RandomStream RandomOf(int place)
    {
        long index = Order[place] + ((Draws?[place] ?? 0) * (long)Order.Length);
        return RandomStream.For(Seed, RandomPurpose.Augmentation, Epoch, index);
    }

    /// <summary>How often the sample at each place was seen before.</summary>
    /// <param name="order">The order, of indices below its length.</param>
    public static int[] CountDraws(ReadOnlySpan<int> order)
    {
        var seen = new int[order.Length];
        var draws = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
        {
            draws[place] = seen[order[place]]++;
        }

        return draws;
    }
}
