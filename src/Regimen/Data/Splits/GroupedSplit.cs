using Regimen.Reproducibility;

namespace Regimen.Data;

/// <summary>Splits samples into parts by whole groups: no group is in two parts.</summary>
internal static class GroupedSplit
{
    /// <summary>Returns the indices of each part, ascending. The largest group comes first (of equal ones in random order), each into the part that is
    /// furthest from its share of the samples, of each class if there are classes.</summary>
    /// <param name="groups">The group of each sample.</param>
    /// <param name="fractions">The fraction of each part.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="strata">The class of each sample; null for a split that ignores classes.</param>
    public static int[][] Parts(IReadOnlyList<int> groups, IReadOnlyList<double> fractions, ulong seed, IReadOnlyList<int>? strata)
    {
        int[] groupOf = Folds.ByValue(groups);
        int[] classOf = strata is null ? new int[groupOf.Length] : Folds.ByValue(strata);
        int[] ofClass = Folds.Counts(classOf);
        int[] sizes = Folds.Counts(groupOf);
        int[][] samples = [.. groupOf.Index().GroupBy(g => g.Item, g => g.Index).OrderBy(g => g.Key).Select(g => g.ToArray())];
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        RandomStream.For(seed, RandomPurpose.Split).Shuffle(order);
        int[] open = [.. Enumerable.Range(0, fractions.Count).Where(p => fractions[p] > 0)];
        var off = new double[fractions.Count][];
        for (int part = 0; part < off.Length; part++)
        {
            off[part] = Array.ConvertAll(ofClass, count => -count * fractions[part]);
        }

        var partOf = new int[sizes.Length];
        var inPart = new int[fractions.Count];
        int remaining = sizes.Length;
        foreach (int group in order.OrderByDescending(g => sizes[g]))
        {
            var counts = new int[ofClass.Length];
            foreach (int sample in samples[group])
            {
                counts[classOf[sample]]++;
            }

            // The last groups go to the parts that have none yet.
            int[] empty = [.. open.Where(p => inPart[p] == 0)];
            int best = (remaining-- <= empty.Length ? empty : open).MinBy(part => Change(off[part], counts, ofClass));
            partOf[group] = best;
            inPart[best]++;
            for (int c = 0; c < counts.Length; c++)
            {
                off[best][c] += counts[c];
            }
        }

        return [.. Enumerable.Range(0, fractions.Count).Select(part => Enumerable.Range(0, groupOf.Length).Where(i => partOf[groupOf[i]] == part).ToArray())];
    }

    /// <summary>Returns the change of a part's squared distance from its share when a group is added, each class weighted by its samples.</summary>
    private static double Change(double[] off, int[] counts, int[] ofClass)
    {
        double change = 0;
        for (int c = 0; c < counts.Length; c++)
        {
            change += counts[c] * (counts[c] + (2 * off[c])) / ofClass[c];
        }

        return change;
    }
}
