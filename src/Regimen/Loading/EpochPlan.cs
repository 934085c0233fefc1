using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>The plan of one epoch, fixed before its first batch.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Order">The sample indices in order.</param>
/// <param name="Draws">How often the sample at each position was drawn before in the epoch; null if no sample is drawn twice.</param>
internal sealed record EpochPlan(ulong Seed, int Epoch, int[] Order, int[]? Draws)
{
    /// <summary>Returns the random stream for the transforms of the sample at a position. It is a function of seed, epoch, sample and the number of
    /// earlier draws, so that a sample drawn twice is augmented in two ways.</summary>
    public RandomStream RandomOf(int place)
    {
        long index = Order[place] + ((Draws?[place] ?? 0) * (long)Order.Length);
        return RandomStream.For(Seed, RandomPurpose.Augmentation, Epoch, index);
    }

    /// <summary>Returns how often the sample at each position was drawn before.</summary>
    /// <param name="order">The sample indices, each below its length.</param>
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
