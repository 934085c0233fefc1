namespace Regimen.Curves;

/// <summary>Reduces a curve to the points that a drawing of a given width can show.</summary>
public static class DownSampling
{
    /// <summary>Returns, of each pixel column, the points with the least and the greatest value and the last point, in the order of their steps.
    /// A column with a NaN also keeps its first NaN, so that the gap is drawn. No minimum and no maximum is ever lost, whatever the width.</summary>
    /// <param name="series">The curve.</param>
    /// <param name="from">The position of the left edge.</param>
    /// <param name="to">The position of the right edge, also included; it is greater than <paramref name="from"/>.</param>
    /// <param name="columns">The width in pixels.</param>
    /// <param name="axis">The axis of the positions.</param>
    /// <returns>At most four points for each column. Points outside the edges are left out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The edges are not finite or not in order, or there is no column.</exception>
    public static Curve MinMaxLast(Curve series, double from, double to, int columns, CurveAxis axis = CurveAxis.Step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (!double.IsFinite(from) || !double.IsFinite(to) || !(from < to))
        {
            throw new ArgumentOutOfRangeException(nameof(to), $"expected finite edges in order, received {from} and {to}");
        }

        int at = series.FirstAt(from, axis);
        int end = series.First(at, i => series.PositionAt(i, axis) > to);
        var kept = new List<int>(Math.Min(end - at, 4 * columns));
        while (at < end)
        {
            int column = Column(series.PositionAt(at, axis), from, to, columns);
            int next = column == columns - 1 ? end : Math.Min(end, series.First(at + 1, i => Column(series.PositionAt(i, axis), from, to, columns) > column));
            Keep(series.Values[at..next], at, kept);
            at = next;
        }

        return series.At(kept);
    }

    /// <summary>Returns the whole curve, reduced to a number of pixel columns.</summary>
    public static Curve MinMaxLast(Curve series, int columns, CurveAxis axis = CurveAxis.Step)
    {
        int known = series.First(0, i => !double.IsNaN(series.PositionAt(i, axis)));
        if (known == series.Count)
        {
            return series.At([]);
        }

        (double from, double to) = (series.PositionAt(known, axis), series.PositionAt(series.Count - 1, axis));
        return MinMaxLast(series, from, from < to ? to : from + 1, columns, axis);
    }

    private static int Column(double position, double from, double to, int columns)
        => Math.Min(columns - 1, (int)((position - from) / (to - from) * columns));

    /// <summary>Adds the indices of a column's points.</summary>
    private static void Keep(ReadOnlySpan<double> values, int offset, List<int> kept)
    {
        int last = values.Length - 1;
        (int least, int greatest, int nan) = (-1, -1, -1);
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            if (double.IsNaN(value))
            {
                nan = nan < 0 ? i : nan;
                continue;
            }

            least = least < 0 || value < values[least] ? i : least;
            greatest = greatest < 0 || value > values[greatest] ? i : greatest;
        }

        Span<int> chosen = [least, greatest, nan, last];
        chosen.Sort();
        int before = -1;
        foreach (int index in chosen)
        {
            if (index > before)
            {
                kept.Add(offset + index);
                before = index;
            }
        }
    }
}
