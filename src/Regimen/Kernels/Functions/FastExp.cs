using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>The exponential function of float32 vectors, to 2 units in the last place. .NET's computes in double precision and takes three times as
/// long.</summary>
/// <remarks>x = n·ln 2 + r with |r| ≤ ln 2 / 2, and a polynomial of r (Cephes, <c>expf</c>). Products and sums are not fused, so that the bits do not
/// depend on the processor.</remarks>
internal static class FastExp
{
    private const float Highest = 88.3f;
    private const float Lowest = -87.3f;

    /// <summary>Returns e^x; 0 below −87.3, at most e^88.3, NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        Vector256<float> isNormal = Vector256.Equals(x, x) & ~Vector256.LessThan(x, Vector256.Create(Lowest));
        Vector256<float> within = Vector256.Min(Vector256.Max(x, Vector256.Create(Lowest)), Vector256.Create(Highest));
        Vector256<float> n = Vector256.Floor((within * 1.44269504f) + Vector256.Create(0.5f));
        Vector256<float> r = within - (n * 0.693359375f) + (n * 2.12194440e-4f);
        Vector256<float> p = Vector256.Create(1.9875691500e-4f);
        p = (p * r) + Vector256.Create(1.3981999507e-3f);
        p = (p * r) + Vector256.Create(8.3334519073e-3f);
        p = (p * r) + Vector256.Create(4.1665795894e-2f);
        p = (p * r) + Vector256.Create(1.6666665459e-1f);
        p = (p * r) + Vector256.Create(5.0000001201e-1f);
        p = (p * r * r) + r + Vector256<float>.One;
        Vector256<float> power = Vector256.ShiftLeft(Vector256.ConvertToInt32(n) + Vector256.Create(127), 23).AsSingle();
        return ((p * power) & isNormal) | Vector256.AndNot(x, Vector256.Equals(x, x));
    }
}
