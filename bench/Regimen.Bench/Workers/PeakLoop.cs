using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Bench.Workers;

/// <summary>Multiply-adds in registers alone, as many as a core can do: the floor of every product.</summary>
internal static class PeakLoop
{
    private const int Sums = 10;
    private const int Rounds = 200_000;
    private static float _kept;

    /// <summary>Returns the GFLOP/s of one core; null without a vector multiply-add.</summary>
    public static double? Measure()
    {
        if (!Fma.IsSupported)
        {
            return null;
        }

        bool isWide = Avx512F.IsSupported;
        long start = Stopwatch.GetTimestamp();
        _kept = isWide ? Wide() : Narrow();
        double flops = 2.0 * Sums * Rounds * (isWide ? Vector512<float>.Count : Vector256<float>.Count);
        return flops / Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    // No calls in the loop, so that the sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Wide()
    {
        Vector512<float> x = Vector512.Create(1.0000001f), y = Vector512.Create(1e-9f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
        for (int round = 0; round < Rounds; round++)
        {
            a = Avx512F.FusedMultiplyAdd(x, y, a);
            b = Avx512F.FusedMultiplyAdd(x, y, b);
            c = Avx512F.FusedMultiplyAdd(x, y, c);
            d = Avx512F.FusedMultiplyAdd(x, y, d);
            e = Avx512F.FusedMultiplyAdd(x, y, e);
            f = Avx512F.FusedMultiplyAdd(x, y, f);
            g = Avx512F.FusedMultiplyAdd(x, y, g);
            h = Avx512F.FusedMultiplyAdd(x, y, h);
            i = Avx512F.FusedMultiplyAdd(x, y, i);
            j = Avx512F.FusedMultiplyAdd(x, y, j);
        }

        return (a + b + c + d + e + f + g + h + i + j).ToScalar() + _kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Narrow()
    {
        Vector256<float> x = Vector256.Create(1.0000001f), y = Vector256.Create(1e-9f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
        for (int round = 0; round < Rounds; round++)
        {
            a = Fma.MultiplyAdd(x, y, a);
            b = Fma.MultiplyAdd(x, y, b);
            c = Fma.MultiplyAdd(x, y, c);
            d = Fma.MultiplyAdd(x, y, d);
            e = Fma.MultiplyAdd(x, y, e);
            f = Fma.MultiplyAdd(x, y, f);
            g = Fma.MultiplyAdd(x, y, g);
            h = Fma.MultiplyAdd(x, y, h);
            i = Fma.MultiplyAdd(x, y, i);
            j = Fma.MultiplyAdd(x, y, j);
        }

        return (a + b + c + d + e + f + g + h + i + j).ToScalar() + _kept;
    }
}
