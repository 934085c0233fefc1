using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>The definition of a sum over rows: for each column the rows are added in double precision, in order, and the sum is rounded once.</summary>
internal static unsafe class ColumnSums
{
    /// <summary>Writes the sums of some columns.</summary>
    /// <param name="values">The values <c>[rows, columns]</c>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="stride">The number of values from one row to the next.</param>
    /// <param name="start">The first column.</param>
    /// <param name="end">The column after the last.</param>
    /// <param name="to">The sums, <c>[columns]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(float* values, long rows, long stride, long start, long end, float* to)
    {
        long column = start;
        for (; column + 16 <= end; column += 16)
        {
            Vector256<double> a = default, b = default, c = default, d = default;
            float* row = values + column;
            for (long i = 0; i < rows; i++, row += stride)
            {
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(row));
                a += low;
                b += high;
                (low, high) = Vector256.Widen(Vector256.Load(row + 8));
                c += low;
                d += high;
            }

            Vector256.Narrow(a, b).Store(to + column);
            Vector256.Narrow(c, d).Store(to + column + 8);
        }

        for (; column < end; column++)
        {
            double sum = 0;
            for (long i = 0; i < rows; i++)
            {
                sum += values[(i * stride) + column];
            }

            to[column] = (float)sum;
        }
    }
}
