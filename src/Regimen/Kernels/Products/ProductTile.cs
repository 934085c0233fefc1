using System.Runtime.CompilerServices;

namespace Regimen.Kernels;

/// <summary>The inner loop of a product: up to 12 rows of one or two vectors of outputs, all in registers, over one range of k.</summary>
/// <remarks>A sum is written out for each row and vector because C# keeps only named variables in registers. What a smaller tile does not have is
/// removed when its variant is compiled.</remarks>
internal static unsafe class ProductTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Computes <c>to[r, c] = fma(a[r, k], b[k, c], … from[r, c])</c> for k ascending.</summary>
    /// <typeparam name="TRows">The number of rows: 1, 2, 4, 6, 8 or 12.</typeparam>
    /// <typeparam name="TColumns">The number of vectors in a row: 1 or 2.</typeparam>
    /// <param name="a">The values that each row is multiplied by.</param>
    /// <param name="step">The distance between two of its rows.</param>
    /// <param name="aNext">The distance of the next k in <paramref name="a"/>.</param>
    /// <param name="b">The vectors.</param>
    /// <param name="bNext">The distance of the next k in <paramref name="b"/>.</param>
    /// <param name="length">The number of products in each sum.</param>
    /// <param name="from">What the sums start from.</param>
    /// <param name="fromStride">The distance between two of its rows; 0 if all rows start from the same values.</param>
    /// <param name="to">The results.</param>
    /// <param name="toStride">The distance between two of their rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows, TColumns>(float* a, nint step, nint aNext, float* b, nint bNext, int length, float* from, nint fromStride, float* to, nint toStride)
        where TRows : struct, IConstant
        where TColumns : struct, IConstant
    {
        bool isPair = TColumns.Value == 2;
        TVector s0 = default, t0 = default;
        TVector s1 = default, t1 = default;
        TVector s2 = default, t2 = default;
        TVector s3 = default, t3 = default;
        TVector s4 = default, t4 = default;
        TVector s5 = default, t5 = default;
        TVector s6 = default, t6 = default;
        TVector s7 = default, t7 = default;
        TVector s8 = default, t8 = default;
        TVector s9 = default, t9 = default;
        TVector s10 = default, t10 = default;
        TVector s11 = default, t11 = default;

        s0 = TLanes.Load(from);
        t0 = isPair ? TLanes.Load(from + TLanes.Count) : default;

        if (TRows.Value > 1)
        {
            s1 = TLanes.Load(from + fromStride);
            t1 = isPair ? TLanes.Load(from + fromStride + TLanes.Count) : default;
        }

        if (TRows.Value > 2)
        {
            s2 = TLanes.Load(from + (2 * fromStride));
            t2 = isPair ? TLanes.Load(from + (2 * fromStride) + TLanes.Count) : default;
            s3 = TLanes.Load(from + (3 * fromStride));
            t3 = isPair ? TLanes.Load(from + (3 * fromStride) + TLanes.Count) : default;
        }

        if (TRows.Value > 4)
        {
            s4 = TLanes.Load(from + (4 * fromStride));
            t4 = isPair ? TLanes.Load(from + (4 * fromStride) + TLanes.Count) : default;
            s5 = TLanes.Load(from + (5 * fromStride));
            t5 = isPair ? TLanes.Load(from + (5 * fromStride) + TLanes.Count) : default;
        }

        if (TRows.Value > 6)
        {
            s6 = TLanes.Load(from + (6 * fromStride));
            t6 = isPair ? TLanes.Load(from + (6 * fromStride) + TLanes.Count) : default;
            s7 = TLanes.Load(from + (7 * fromStride));
            t7 = isPair ? TLanes.Load(from + (7 * fromStride) + TLanes.Count) : default;
        }

        if (TRows.Value > 8)
        {
            s8 = TLanes.Load(from + (8 * fromStride));
            t8 = isPair ? TLanes.Load(from + (8 * fromStride) + TLanes.Count) : default;
            s9 = TLanes.Load(from + (9 * fromStride));
            t9 = isPair ? TLanes.Load(from + (9 * fromStride) + TLanes.Count) : default;
            s10 = TLanes.Load(from + (10 * fromStride));
            t10 = isPair ? TLanes.Load(from + (10 * fromStride) + TLanes.Count) : default;
            s11 = TLanes.Load(from + (11 * fromStride));
            t11 = isPair ? TLanes.Load(from + (11 * fromStride) + TLanes.Count) : default;
        }

        // Four addresses and two distances reach all rows, which leaves them in registers.
        nint twice = 2 * step;
        float* d = a + (3 * step);
        float* e = a + (6 * step);
        float* f = a + (9 * step);
        float* end = b + (length * bNext);
        while (b != end)
        {
            TVector first = TLanes.Load(b);
            TVector second = isPair ? TLanes.Load(b + TLanes.Count) : default;
            TVector v0 = TLanes.Broadcast(a);
            s0 = TLanes.MultiplyAdd(v0, first, s0);
            if (isPair)
            {
                t0 = TLanes.MultiplyAdd(v0, second, t0);
            }

            if (TRows.Value > 1)
            {
                TVector v1 = TLanes.Broadcast(a + step);
                s1 = TLanes.MultiplyAdd(v1, first, s1);
                if (isPair)
                {
                    t1 = TLanes.MultiplyAdd(v1, second, t1);
                }
            }

            if (TRows.Value > 2)
            {
                TVector v2 = TLanes.Broadcast(a + twice);
                TVector v3 = TLanes.Broadcast(d);
                s2 = TLanes.MultiplyAdd(v2, first, s2);
                s3 = TLanes.MultiplyAdd(v3, first, s3);
                if (isPair)
                {
                    t2 = TLanes.MultiplyAdd(v2, second, t2);
                    t3 = TLanes.MultiplyAdd(v3, second, t3);
                }
            }

            if (TRows.Value > 4)
            {
                TVector v4 = TLanes.Broadcast(d + step);
                TVector v5 = TLanes.Broadcast(d + twice);
                s4 = TLanes.MultiplyAdd(v4, first, s4);
                s5 = TLanes.MultiplyAdd(v5, first, s5);
                if (isPair)
                {
                    t4 = TLanes.MultiplyAdd(v4, second, t4);
                    t5 = TLanes.MultiplyAdd(v5, second, t5);
                }
            }

            if (TRows.Value > 6)
            {
                TVector v6 = TLanes.Broadcast(e);
                TVector v7 = TLanes.Broadcast(e + step);
                s6 = TLanes.MultiplyAdd(v6, first, s6);
                s7 = TLanes.MultiplyAdd(v7, first, s7);
                if (isPair)
                {
                    t6 = TLanes.MultiplyAdd(v6, second, t6);
                    t7 = TLanes.MultiplyAdd(v7, second, t7);
                }
            }

            if (TRows.Value > 8)
            {
                TVector v8 = TLanes.Broadcast(e + twice);
                TVector v9 = TLanes.Broadcast(f);
                TVector v10 = TLanes.Broadcast(f + step);
                TVector v11 = TLanes.Broadcast(f + twice);
                s8 = TLanes.MultiplyAdd(v8, first, s8);
                s9 = TLanes.MultiplyAdd(v9, first, s9);
                s10 = TLanes.MultiplyAdd(v10, first, s10);
                s11 = TLanes.MultiplyAdd(v11, first, s11);
                if (isPair)
                {
                    t8 = TLanes.MultiplyAdd(v8, second, t8);
                    t9 = TLanes.MultiplyAdd(v9, second, t9);
                    t10 = TLanes.MultiplyAdd(v10, second, t10);
                    t11 = TLanes.MultiplyAdd(v11, second, t11);
                }
            }

            a += aNext;
            d += aNext;
            e += aNext;
            f += aNext;
            b += bNext;
        }

        Store(s0, t0, to, isPair);

        if (TRows.Value > 1)
        {
            Store(s1, t1, to + toStride, isPair);
        }

        if (TRows.Value > 2)
        {
            Store(s2, t2, to + (2 * toStride), isPair);
            Store(s3, t3, to + (3 * toStride), isPair);
        }

        if (TRows.Value > 4)
        {
            Store(s4, t4, to + (4 * toStride), isPair);
            Store(s5, t5, to + (5 * toStride), isPair);
        }

        if (TRows.Value > 6)
        {
            Store(s6, t6, to + (6 * toStride), isPair);
            Store(s7, t7, to + (7 * toStride), isPair);
        }

        if (TRows.Value > 8)
        {
            Store(s8, t8, to + (8 * toStride), isPair);
            Store(s9, t9, to + (9 * toStride), isPair);
            Store(s10, t10, to + (10 * toStride), isPair);
            Store(s11, t11, to + (11 * toStride), isPair);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector first, TVector second, float* to, bool isPair)
    {
        TLanes.Store(first, to);
        if (isPair)
        {
            TLanes.Store(second, to + TLanes.Count);
        }
    }
}
