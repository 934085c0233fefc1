using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>The folds of a cross-validation: every sample is in exactly one of them. They are those of scikit-learn for the same order of the
/// samples: <c>KFold</c>, <c>StratifiedKFold</c>, <c>GroupKFold</c> and <c>StratifiedGroupKFold</c>, each without shuffling.</summary>
public static class Folds
{
    /// <summary>Returns the fold of each sample, from 0: consecutive samples, the first folds one sample larger where the number of samples is not a
    /// multiple.</summary>
    /// <param name="count">The number of samples, at least that of the folds.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <exception cref="ArgumentException">There are fewer samples than folds.</exception>
    public static int[] Plain(int count, int folds)
    {
        Require(folds, count, "samples");
        var fold = new int[count];
        int at = 0;
        for (int f = 0; f < folds; f++)
        {
            int size = (count / folds) + (f < count % folds ? 1 : 0);
            fold.AsSpan(at, size).Fill(f);
            at += size;
        }

        return fold;
    }

    /// <summary>Returns the fold of each sample, from 0: each fold has each class in its proportion, as far as whole samples allow.</summary>
    /// <param name="classes">The class of each sample.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <exception cref="ArgumentException">Every class has fewer samples than there are folds.</exception>
    public static int[] Stratified(IReadOnlyList<int> classes, int folds)
    {
        int[] ranks = ByFirstAppearance(classes);
        int[] counts = Counts(ranks);
        Require(folds, counts.DefaultIfEmpty(0).Max(), "samples of the largest class");

        // The sorted classes are dealt to the folds in turn: this gives the number of each fold's samples of each class.
        int[] sorted = [.. counts.Select((count, rank) => Enumerable.Repeat(rank, count)).SelectMany(r => r)];
        var left = new int[counts.Length][];
        for (int rank = 0; rank < counts.Length; rank++)
        {
            left[rank] = new int[folds];
        }

        for (int i = 0; i < sorted.Length; i++)
        {
            left[sorted[i]][i % folds]++;
        }

        // The first samples of a class are those of its first fold.
        var next = new int[counts.Length];
        return Array.ConvertAll(ranks, rank =>
        {
            while (left[rank][next[rank]] == 0)
            {
                next[rank]++;
            }

            left[rank][next[rank]]--;
            return next[rank];
        });
    }

    /// <summary>Returns the fold of each sample, from 0: no group is in two folds, and the folds have about the same number of samples. The largest
    /// group comes first, each into the fold with the fewest samples so far.</summary>
    /// <param name="groups">The group of each sample. Of groups of the same size, the one with the highest number comes first.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <exception cref="ArgumentException">There are fewer groups than folds.</exception>
    public static int[] Grouped(IReadOnlyList<int> groups, int folds)
    {
        int[] ranks = ByValue(groups);
        int[] counts = Counts(ranks);
        Require(folds, counts.Length, "groups");
        var samples = new long[folds];
        var foldOf = new int[counts.Length];
        foreach (int group in Enumerable.Range(0, counts.Length).OrderBy(g => counts[g]).Reverse())
        {
            int lightest = Array.IndexOf(samples, samples.Min());
            samples[lightest] += counts[group];
            foldOf[group] = lightest;
        }

        return Array.ConvertAll(ranks, rank => foldOf[rank]);
    }

    /// <summary>Returns the fold of each sample, from 0: no group is in two folds, and each fold has each class in about its proportion, as far as whole
    /// groups allow.</summary>
    /// <param name="classes">The class of each sample.</param>
    /// <param name="groups">The group of each sample.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <exception cref="ArgumentException">There are fewer groups than folds, or every class has fewer samples than there are folds.</exception>
    public static int[] StratifiedGrouped(IReadOnlyList<int> classes, IReadOnlyList<int> groups, int folds)
    {
        int[] groupRanks = ByValue(groups);
        int[] classRanks = ByValue(classes);
        Require(folds, Counts(groupRanks).Length, "groups");
        Require(folds, Counts(classRanks).Max(), "samples of the largest class");
        int[] foldOf = StratifiedGroups.Assign(classRanks, groupRanks, folds);
        return Array.ConvertAll(groupRanks, rank => foldOf[rank]);
    }

    /// <summary>Returns the fold of each sample of a repeat, from 0, as a function of the seed alone.</summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="repeat">The repeat, from 1: each has another order of the samples. Groups are in the order of their numbers in the first repeat,
    /// shuffled in the others.</param>
    /// <param name="classes">The class of each sample; null for folds that ignore classes.</param>
    /// <param name="groups">The group of each sample; null for none.</param>
    /// <exception cref="ArgumentException">There are too few samples, groups or samples of a class for this number of folds.</exception>
    public static int[] Of(int count, int folds, ulong seed, int repeat = 1, IReadOnlyList<int>? classes = null, IReadOnlyList<int>? groups = null)
    {
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split, epoch: repeat);
        if (groups is not null)
        {
            int[] ranks = ByValue(groups);
            int[] shuffled = [.. Enumerable.Range(0, Counts(ranks).Length)];
            if (repeat > 1)
            {
                random.Shuffle(shuffled);
            }

            int[] renamed = Array.ConvertAll(ranks, rank => shuffled[rank]);
            return classes is null ? Grouped(renamed, folds) : StratifiedGrouped(classes, renamed, folds);
        }

        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        int[] inOrder = classes is null ? Plain(count, folds) : Stratified([.. order.Select(i => classes[i])], folds);
        var fold = new int[count];
        for (int i = 0; i < count; i++)
        {
            fold[order[i]] = inOrder[i];
        }

        return fold;
    }

    /// <summary>Divides a data set into folds, and returns the training and the test samples of each.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="folds">The number of folds, at least 2.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="repeat">The repeat, from 1: each has another order of the samples.</param>
    /// <param name="stratified">Whether each fold has each class in its proportion.</param>
    /// <param name="groups">The group of each sample, which is never in two folds; null for none.</param>
    /// <returns>A training and a test set for each fold, each in the order of <paramref name="set"/>.</returns>
    /// <exception cref="ArgumentException">There are too few samples, groups or samples of a class; or stratified folds are requested and the set has
    /// no classes.</exception>
    public static IReadOnlyList<(Subset Train, Subset Test)> Split(
        IDataset set, int folds, ulong seed, int repeat = 1, bool stratified = false, IReadOnlyList<int>? groups = null)
    {
        RandomSplit.RequireGroups(set.Count, groups);
        int[] fold = Of(set.Count, folds, seed, repeat, stratified ? RandomSplit.Classes(set) : null, groups);
        return [.. Enumerable.Range(0, folds).Select(f => (
            new Subset(set, [.. Enumerable.Range(0, set.Count).Where(i => fold[i] != f)]),
            new Subset(set, [.. Enumerable.Range(0, set.Count).Where(i => fold[i] == f)])))];
    }

    /// <summary>Returns the rank of each value among the different values in ascending order.</summary>
    internal static int[] ByValue(IReadOnlyList<int> values)
    {
        Dictionary<int, int> rankOf = values.Distinct().Order().Index().ToDictionary(v => v.Item, v => v.Index);
        return [.. values.Select(v => rankOf[v])];
    }

    /// <summary>Returns the number of samples of each rank.</summary>
    internal static int[] Counts(int[] ranks)
    {
        var counts = new int[ranks.DefaultIfEmpty(-1).Max() + 1];
        foreach (int rank in ranks)
        {
            counts[rank]++;
        }

        return counts;
    }

    private static int[] ByFirstAppearance(IReadOnlyList<int> values)
    {
        var rankOf = new Dictionary<int, int>();
        return [.. values.Select(v => rankOf.TryGetValue(v, out int rank) ? rank : rankOf[v] = rankOf.Count)];
    }

    private static void Require(int folds, int available, string what)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        if (available < folds)
        {
            throw new ArgumentException($"Expected at least {folds} {what}, one for each fold; received {available}.", nameof(folds));
        }
    }
}
