using Regimen.Reproducibility;

namespace Regimen.Search;

/// <summary>The points of a grid in random order: each order is equally probable.</summary>
/// <remarks>Durstenfeld's shuffle, of which only the moved entries are kept: the i-th index takes i draws and memory for i entries, whatever
/// the size of the grid.</remarks>
internal static class DrawsWithoutRepeats
{
    /// <summary>Returns the indices from 0 to <paramref name="count"/> − 1, each once.</summary>
    public static IEnumerable<long> Of(long count, RandomStream random)
    {
        var moved = new Dictionary<long, long>();
        for (long i = 0; i < count; i++)
        {
            long j = i + Below(ref random, count - i);
            long chosen = moved.GetValueOrDefault(j, j);
            moved[j] = moved.GetValueOrDefault(i, i);
            moved.Remove(i);
            yield return chosen;
        }
    }

    /// <summary>Draws a whole number below a bound, without bias: draws in the incomplete last repetition of the bound are discarded.</summary>
    private static long Below(ref RandomStream random, long bound)
    {
        ulong range = (ulong)bound;
        ulong unusable = (0 - range) % range;
        ulong drawn;
        do
        {
            drawn = random.NextUInt64();
        }
        while (drawn < unusable);

        return (long)(drawn % range);
    }
}
