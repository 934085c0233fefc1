using Regimen.SweepFiles;

namespace Regimen.Search;

/// <summary>Every combination of the values of choices and ranges, once. The last axis changes fastest.</summary>
internal sealed class GridSearch : ISearch
{
    /// <inheritdoc/>
    public bool NeedsResults => false;

    /// <summary>Returns the number of points of a space; <see cref="long.MaxValue"/> if there are more, or if it has an interval.</summary>
    public static long Count(IReadOnlyList<SweepAxis> space) => Count(SearchScale.Of(space)) ?? long.MaxValue;

    /// <summary>Returns the number of points; null if there are more than <see cref="long.MaxValue"/>, or if one axis is an interval.</summary>
    public static long? Count(IReadOnlyList<SearchScale> scales)
    {
        long count = 1;
        foreach (SearchScale scale in scales)
        {
            if (scale.Cells is not { } cells || Math.BigMul(count, cells, out long low) != 0 || low < 0)
            {
                return null;
            }

            count = low;
        }

        return count;
    }

    /// <summary>Returns a point.</summary>
    /// <param name="scales">The axes.</param>
    /// <param name="index">Its index, from 0.</param>
    public static IReadOnlyList<string> At(IReadOnlyList<SearchScale> scales, long index)
    {
        var values = new string[scales.Count];
        for (int i = scales.Count - 1; i >= 0; i--)
        {
            long cells = scales[i].Cells ?? throw new ArgumentException($"{scales[i].Axis.Key} is an interval, which a grid can't enumerate.", nameof(scales));
            values[i] = scales[i].TextOf(index % cells);
            index /= cells;
        }

        return values;
    }

    /// <summary>Returns the index of a point, from 0.</summary>
    public static long IndexOf(IReadOnlyList<SearchScale> scales, IReadOnlyList<string> values)
    {
        long index = 0;
        for (int i = 0; i < scales.Count; i++)
        {
            index = (index * scales[i].Cells!.Value) + scales[i].CellOf(values[i]);
        }

        return index;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Propose(IReadOnlyList<SweepAxis> space, ulong seed, int number, IReadOnlyList<SearchResult> results)
    {
        IReadOnlyList<SearchScale> scales = SearchScale.Of(space);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, Count(scales) ?? long.MaxValue);
        return At(scales, number - 1);
    }
}
