using System.Runtime.CompilerServices;
using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>Holds samples out at random, as a function of the seed alone.</summary>
public static class RandomSplit
{
    /// <summary>Splits a set in two that have no sample in common and together have all.</summary>
    /// <param name="set">What to split.</param>
    /// <param name="fraction">The part to hold out, from 0 to below 1; rounded to the nearest sample.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stratified">Whether both have each class in its share, as near as whole samples can; each class keeps at least one
    /// sample for training.</param>
    /// <returns>What remains for training and what is held out, each in the order of <paramref name="set"/>.</returns>
    /// <exception cref="ArgumentException">It is to be stratified and has no classes.</exception>
    public static (Subset Train, Subset HeldOut) HoldOut(IDataset set, double fraction, ulong seed, bool stratified = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fraction, 1);
        if (stratified)
        {
            int[][] parts = Parts(set.Count, [fraction, 1 - fraction], seed, Classes(set), training: 1);
            return (new Subset(set, parts[1]), new Subset(set, parts[0]));
        }

        int[] order = [.. Enumerable.Range(0, set.Count)];
        RandomStream.For(seed, RandomPurpose.Split).Shuffle(order);
        int heldOut = (int)Math.Round(set.Count * fraction);
        int[] held = order[..heldOut];
        int[] train = order[heldOut..];
        Array.Sort(held);
        Array.Sort(train);
        return (new Subset(set, train), new Subset(set, held));
    }

    /// <summary>Cuts a set into parts at random: every sample is in exactly one of them.</summary>
    /// <param name="set">What to cut.</param>
    /// <param name="fractions">The share of each part, each from 0 to 1; together 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stratified">Whether each part has each class in its share, as near as whole samples can. Every class has at least one
    /// sample in the largest part (the first of the largest).</param>
    /// <returns>The parts, each in the order of <paramref name="set"/>.</returns>
    /// <exception cref="ArgumentException">The fractions are no shares of 1, or it is to be stratified and has no classes.</exception>
    public static IReadOnlyList<Subset> Fractions(IDataset set, IReadOnlyList<double> fractions, ulong seed, bool stratified = false)
    {
        IReadOnlyList<int>? classes = stratified ? Classes(set) : null;
        return [.. Parts(set.Count, fractions, seed, classes).Select(part => new Subset(set, part))];
    }

    /// <summary>The same for indices from 0 to <paramref name="count"/> − 1.</summary>
    /// <param name="count">How many samples.</param>
    /// <param name="fractions">The share of each part.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="strata">The class of each sample; null for a split that takes no account of classes.</param>
    /// <param name="training">The part in which no class may be missing; null for the largest.</param>
    internal static int[][] Parts(int count, IReadOnlyList<double> fractions, ulong seed, IReadOnlyList<int>? strata, int? training = null)
    {
        if (fractions.Count == 0 || fractions.Any(f => !(f >= 0 && f <= 1)) || Math.Abs(fractions.Sum() - 1) > 1e-9)
        {
            throw new ArgumentException($"Expected shares from 0 to 1 that make 1 together; received {string.Join(", ", fractions)}.", nameof(fractions));
        }

        int[] order = [.. Enumerable.Range(0, count)];
        RandomStream.For(seed, RandomPurpose.Split).Shuffle(order);
        if (strata is not null)
        {
            // Class after class: what is taken at even steps along them has each in its share.
            order = ByStratum(order, [.. strata]);
        }

        var partOf = new int[count];
        var sizes = new int[fractions.Count];
        int remaining = count;
        double left = 1;
        for (int part = 0; part < sizes.Length; part++)
        {
            double share = part == sizes.Length - 1 ? 1 : left <= 0 ? 0 : Math.Min(1, fractions[part] / left);
            sizes[part] = Take(order.AsSpan(0, remaining), share, part, partOf);
            remaining -= sizes[part];
            left -= fractions[part];
        }

        // In the order of the set.
        int[][] parts = Array.ConvertAll(sizes, size => new int[size]);
        var filled = new int[sizes.Length];
        for (int i = 0; i < count; i++)
        {
            int part = partOf[i];
            parts[part][filled[part]++] = i;
        }

        if (strata is not null)
        {
            RareClasses.MoveTo(parts, training ?? Enumerable.Range(0, parts.Length).MaxBy(part => parts[part].Length), strata);
        }

        return parts;
    }

    private static IReadOnlyList<int> Classes(IDataset set)
        => ClassLabels.Of(set) ?? throw new ArgumentException("Expected a set with a class for each sample; it has none to stratify by.", nameof(set));

    /// <summary>Indices stratum after stratum, in the given order within each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] ByStratum(int[] order, int[] strata)
    {
        int[] sorted = [.. strata.Distinct().Order()];
        Dictionary<int, int> rankOf = sorted.Index().ToDictionary(s => s.Item, s => s.Index);

        // Strata are mostly numbered from 0: then each is its own rank.
        bool areRanks = sorted.Length == 0 || (sorted[0] == 0 && sorted[^1] == sorted.Length - 1);
        int[] ranks = areRanks ? strata : Array.ConvertAll(strata, s => rankOf[s]);
        var next = new int[sorted.Length + 1];
        foreach (int rank in ranks)
        {
            next[rank + 1]++;
        }

        for (int rank = 1; rank < next.Length; rank++)
        {
            next[rank] += next[rank - 1];
        }

        var byStratum = new int[order.Length];
        foreach (int i in order)
        {
            byStratum[next[ranks[i]]++] = i;
        }

        return byStratum;
    }

    /// <summary>Gives a share of the indices to a part, at even steps along them; the others move to the front.</summary>
    /// <returns>How many it gave.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Take(Span<int> order, double share, int part, int[] partOf)
    {
        int left = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (Math.Floor(((i + 1) * share) + 0.5) > Math.Floor((i * share) + 0.5))
            {
                partOf[order[i]] = part;
            }
            else
            {
                order[left++] = order[i];
            }
        }

        return order.Length - left;
    }
}
