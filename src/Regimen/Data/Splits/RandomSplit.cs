using System.Runtime.CompilerServices;
using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>Splits data sets at random, as a function of the seed alone.</summary>
public static class RandomSplit
{
    /// <summary>Splits a data set into a training set and a held-out set: every sample is in exactly one of them.</summary>
    /// <param name="set">The data set to split.</param>
    /// <param name="fraction">The fraction to hold out, from 0 to below 1; rounded to the nearest sample.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stratified">Whether both parts have each class in its proportion, as far as whole samples allow. Each class keeps at least
    /// one sample for training.</param>
    /// <param name="groups">The group of each sample, which is never in both parts; null for none. The parts are as near to their fractions as whole
    /// groups allow.</param>
    /// <returns>The training set and the held-out set, each in the order of <paramref name="set"/>.</returns>
    /// <exception cref="ArgumentException">A stratified split is requested, and the set has no classes; or the number of groups is not that of the
    /// samples.</exception>
    public static (Subset Train, Subset HeldOut) HoldOut(IDataset set, double fraction, ulong seed, bool stratified = false, IReadOnlyList<int>? groups = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fraction, 1);
        if (stratified || groups is not null)
        {
            RequireGroups(set.Count, groups);
            int[][] parts = Parts(set.Count, [fraction, 1 - fraction], seed, stratified ? Classes(set) : null, training: 1, groups);
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

    /// <summary>Splits a data set into parts at random: every sample is in exactly one of them.</summary>
    /// <param name="set">The data set to split.</param>
    /// <param name="fractions">The fraction of each part, from 0 to 1; their sum is 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stratified">Whether each part has each class in its proportion, as far as whole samples allow. Every class has at least one
    /// sample in the largest part (the first of the largest).</param>
    /// <param name="groups">The group of each sample, which is never in two parts; null for none. The parts are as near to their fractions as whole
    /// groups allow.</param>
    /// <returns>The parts, each in the order of <paramref name="set"/>.</returns>
    /// <exception cref="ArgumentException">The fractions are out of range or do not sum to 1, a stratified split is requested and the set has no
    /// classes, or the number of groups is not that of the samples.</exception>
    public static IReadOnlyList<Subset> Fractions(
        IDataset set, IReadOnlyList<double> fractions, ulong seed, bool stratified = false, IReadOnlyList<int>? groups = null)
    {
        RequireGroups(set.Count, groups);
        IReadOnlyList<int>? classes = stratified ? Classes(set) : null;
        return [.. Parts(set.Count, fractions, seed, classes, groups: groups).Select(part => new Subset(set, part))];
    }

    /// <summary>Splits the indices from 0 to <paramref name="count"/> − 1 into parts.</summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="fractions">The fraction of each part.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="strata">The class of each sample; null for a split that ignores classes.</param>
    /// <param name="training">The part that must contain every class; null for the largest.</param>
    /// <param name="groups">The group of each sample, which is never in two parts; null for none.</param>
    internal static int[][] Parts(
        int count, IReadOnlyList<double> fractions, ulong seed, IReadOnlyList<int>? strata, int? training = null, IReadOnlyList<int>? groups = null)
    {
        if (fractions.Count == 0 || fractions.Any(f => !(f >= 0 && f <= 1)) || Math.Abs(fractions.Sum() - 1) > 1e-9)
        {
            throw new ArgumentException($"Expected fractions from 0 to 1 with a sum of 1; received {string.Join(", ", fractions)}.", nameof(fractions));
        }

        if (groups is not null)
        {
            return GroupedSplit.Parts(groups, fractions, seed, strata);
        }

        int[] order = [.. Enumerable.Range(0, count)];
        RandomStream.For(seed, RandomPurpose.Split).Shuffle(order);
        if (strata is not null)
        {
            // Sorted by class: taking samples at even steps gives each class in its proportion.
            order = ByStratum(order, [.. strata]);
        }

        var partOf = new int[count];
        var sizes = new int[fractions.Count];
        int remaining = count;
        double left = 1;
        for (int part = 0; part < sizes.Length; part++)
        {
            double fraction = part == sizes.Length - 1 ? 1 : left <= 0 ? 0 : Math.Min(1, fractions[part] / left);
            sizes[part] = Take(order.AsSpan(0, remaining), fraction, part, partOf);
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

    /// <summary>Throws unless there is a group for each sample.</summary>
    internal static void RequireGroups(int count, IReadOnlyList<int>? groups)
    {
        if (groups is not null && groups.Count != count)
        {
            throw new ArgumentException($"Expected a group for each of the {count} samples; received {groups.Count}.", nameof(groups));
        }
    }

    /// <summary>Returns the class of each sample of a set that has classes.</summary>
    internal static IReadOnlyList<int> Classes(IDataset set)
        => ClassLabels.Of(set) ?? throw new ArgumentException("Expected a set with a class for each sample; it has none to stratify by.", nameof(set));

    /// <summary>Sorts indices by stratum, keeping the given order within each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] ByStratum(int[] order, int[] strata)
    {
        int[] sorted = [.. strata.Distinct().Order()];
        Dictionary<int, int> rankOf = sorted.Index().ToDictionary(s => s.Item, s => s.Index);

        // Strata are mostly numbered from 0 without gaps: each is then its own rank.
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

    /// <summary>Assigns a fraction of the indices to a part, at even steps along them; the others move to the front.</summary>
    /// <returns>The number of indices assigned.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Take(Span<int> order, double fraction, int part, int[] partOf)
    {
        int left = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (Math.Floor(((i + 1) * fraction) + 0.5) > Math.Floor((i * fraction) + 0.5))
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
