using Regimen.Curves;

namespace Regimen.Dashboard;

/// <summary>Several curves on common positions, as a drawing of aligned series needs them.</summary>
/// <param name="Positions">The positions, in ascending order.</param>
/// <param name="Values">For each curve its value at each position: <see cref="None"/> where it has no point, NaN where its value is not finite.</param>
internal sealed record AlignedSeries(double[] Positions, float[][] Values)
{
    /// <summary>Marks a position at which a curve has no point.</summary>
    public const float None = float.PositiveInfinity;

    private const int Slots = 4;

    /// <summary>Aligns the part of some curves between two edges.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="from">The left edge.</param>
    /// <param name="to">The right edge.</param>
    /// <param name="columns">The width of the drawing in pixels.</param>
    /// <param name="axis">The axis of the positions.</param>
    public static AlignedSeries Of(IReadOnlyList<Curve> curves, double from, double to, int columns, CurveAxis axis)
    {
        // The neighbours outside the edges are kept, so that a line leads to the edge.
        (int Start, int End)[] parts = [.. curves.Select(c => (Math.Max(0, c.FirstAt(from, axis) - 1), Math.Min(c.Count, c.First(0, i => c.PositionAt(i, axis) > to) + 1)))];
        if (parts.Sum(p => (long)p.End - p.Start) <= (long)Slots * columns)
        {
            return OfPoints([.. curves.Select((c, i) => c.At([.. Enumerable.Range(parts[i].Start, parts[i].End - parts[i].Start).Where(k => !double.IsNaN(c.PositionAt(k, axis)))]))], axis);
        }

        var sampled = new Curve[curves.Count];
        Parallel.For(0, sampled.Length, i => sampled[i] = DownSampling.MinMaxLast(curves[i], from, to, columns, axis));
        return OfColumns(sampled, from, to, columns, axis);
    }

    /// <summary>Few points: every position of every curve, as often as the curve that has it most often.</summary>
    private static AlignedSeries OfPoints(Curve[] curves, CurveAxis axis)
    {
        (double Position, int Repeat)[][] keys = [.. curves.Select(c => Keys(c, axis))];
        (double Position, int Repeat)[] all = [.. keys.SelectMany(k => k).Distinct().Order()];
        Dictionary<(double, int), int> index = all.Index().ToDictionary(k => k.Item, k => k.Index);
        var values = new float[curves.Length][];
        for (int c = 0; c < curves.Length; c++)
        {
            values[c] = Empty(all.Length);
            for (int i = 0; i < curves[c].Count; i++)
            {
                values[c][index[keys[c][i]]] = Finite(curves[c].Values[i]);
            }
        }

        return new AlignedSeries([.. all.Select(k => k.Position)], values);
    }

    /// <summary>Returns the position of each point, and how many points before it have the same one.</summary>
    private static (double Position, int Repeat)[] Keys(Curve curve, CurveAxis axis)
    {
        var keys = new (double Position, int Repeat)[curve.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            double position = curve.PositionAt(i, axis);
            keys[i] = (position, i > 0 && keys[i - 1].Position == position ? keys[i - 1].Repeat + 1 : 0);
        }

        return keys;
    }

    /// <summary>Many points: up to four positions in each column, which the curves share. A point moves by less than a pixel, and not at all where
    /// the curves have the same positions.</summary>
    private static AlignedSeries OfColumns(Curve[] curves, double from, double to, int columns, CurveAxis axis)
    {
        var position = new double[columns * Slots];
        Array.Fill(position, double.NaN);
        var slots = new int[curves.Length][];
        for (int c = 0; c < curves.Length; c++)
        {
            slots[c] = SlotsOf(curves[c], from, to, columns, axis, position);
        }

        var index = new int[position.Length];
        int count = 0;
        for (int slot = 0; slot < position.Length; slot++)
        {
            index[slot] = count;
            if (!double.IsNaN(position[slot]))
            {
                position[count++] = position[slot];
            }
        }

        var values = new float[curves.Length][];
        for (int c = 0; c < curves.Length; c++)
        {
            values[c] = Empty(count);
            for (int i = 0; i < slots[c].Length; i++)
            {
                values[c][index[slots[c][i]]] = Finite(curves[c].Values[i]);
            }
        }

        return new AlignedSeries(position[..count], values);
    }

    /// <summary>Returns the slot of each point, and lowers the positions of the slots to those of the points.</summary>
    private static int[] SlotsOf(Curve curve, double from, double to, int columns, CurveAxis axis, double[] positions)
    {
        var slots = new int[curve.Count];
        int previous = -1;
        for (int i = 0; i < slots.Length; i++)
        {
            double position = curve.PositionAt(i, axis);
            int column = Math.Clamp((int)((position - from) / (to - from) * columns), 0, columns - 1);
            int slot = previous >= column * Slots ? Math.Min(previous + 1, (column * Slots) + Slots - 1) : column * Slots;
            slots[i] = previous = slot;
            if (!(positions[slot] <= position))
            {
                positions[slot] = position;
            }
        }

        return slots;
    }

    private static float Finite(double value) => double.IsFinite(value) && float.IsFinite((float)value) ? (float)value : float.NaN;

    private static float[] Empty(int count)
    {
        var values = new float[count];
        Array.Fill(values, None);
        return values;
    }
}
