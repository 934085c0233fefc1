using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Sums of values at the same place.</summary>
internal static unsafe class ElementSums
{
    /// <summary>Writes <c>a + b</c>, or 0 where it is at most 0; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rectified(float* a, float* b, float* to, long length)
    {
        long i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256.Load(a + i) + Vector256.Load(b + i);
            Vector256.AndNot(sum, Vector256.LessThanOrEqual(sum, Vector256<float>.Zero)).Store(to + i);
        }

        for (; i < length; i++)
        {
            float sum = a[i] + b[i];
            to[i] = sum <= 0 ? 0 : sum;
        }
    }
}
