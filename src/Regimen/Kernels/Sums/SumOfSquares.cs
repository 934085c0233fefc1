using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>The sum of squares of float32 values in double precision, in one order on every processor: 16 sums, each of every 16th value, added in
/// pairs at the end.</summary>
internal static unsafe class SumOfSquares
{
    private const int Step = 16;

    /// <summary>Returns the sum.</summary>
    /// <param name="values">The values.</param>
    /// <param name="length">Their number.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(float* values, long length)
    {
        Vector256<double> a = default, b = default, c = default, d = default;
        long i = 0;
        for (; i + Step <= length; i += Step)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(values + i));
            a += low * low;
            b += high * high;
            (low, high) = Vector256.Widen(Vector256.Load(values + i + 8));
            c += low * low;
            d += high * high;
        }

        Vector256<double> sums = (a + b) + (c + d);
        double sum = (sums.GetElement(0) + sums.GetElement(1)) + (sums.GetElement(2) + sums.GetElement(3));
        for (; i < length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return sum;
    }
}
