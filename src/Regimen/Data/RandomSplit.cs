using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>Holds samples out at random, as a function of the seed alone.</summary>
public static class RandomSplit
{
    /// <summary>Splits a set in two that have no sample in common and together have all.</summary>
    /// <param name="set">What to split.</param>
    /// <param name="fraction">The part to hold out, from 0 to below 1; rounded to the nearest sample.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>What remains for training and what is held out, each in the order of <paramref name="set"/>.</returns>
    public static (Subset Train, Subset HeldOut) HoldOut(IDataset set, double fraction, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fraction, 1);
        int[] order = [.. Enumerable.Range(0, set.Count)];
        RandomStream.For(seed, RandomPurpose.Split).Shuffle(order);
        int heldOut = (int)Math.Round(set.Count * fraction);
        int[] held = order[..heldOut];
        int[] train = order[heldOut..];
        Array.Sort(held);
        Array.Sort(train);
        return (new Subset(set, train), new Subset(set, held));
    }
}
