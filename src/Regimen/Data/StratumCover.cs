namespace Regimen.Data;

/// <summary>Completes a stratified split: a stratum of one or two samples may have none in the training part.</summary>
internal static class StratumCover
{
    /// <summary>Moves a sample of each stratum that the part has none of into it, in exchange for one of the part's most frequent stratum:
    /// every part keeps its size. Parts that need no exchange stay as they are.</summary>
    /// <param name="parts">The indices of each part, in ascending order; changed in place.</param>
    /// <param name="part">The part that is to have all.</param>
    /// <param name="strata">The stratum of each index.</param>
    public static void Complete(int[][] parts, int part, IReadOnlyList<int> strata)
    {
        Dictionary<int, int> counts = parts[part].CountBy(i => strata[i]).ToDictionary();
        int[] missing = [.. strata.Distinct().Where(s => !counts.ContainsKey(s)).Order()];
        foreach (int stratum in missing)
        {
            (int most, int count) = counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).FirstOrDefault();
            if (count < 2)
            {
                return;
            }

            // Of the part that has most of the stratum, the earlier one of two.
            int from = Enumerable.Range(0, parts.Length).Where(p => p != part).MaxBy(p => parts[p].Count(i => strata[i] == stratum));
            int taken = parts[from].First(i => strata[i] == stratum);
            int given = parts[part].Last(i => strata[i] == most);
            counts[most]--;
            counts[stratum] = 1;
            parts[from] = [.. parts[from].Where(i => i != taken).Append(given).Order()];
            parts[part] = [.. parts[part].Where(i => i != given).Append(taken).Order()];
        }
    }
}
