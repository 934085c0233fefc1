using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Functions of float32 vectors, element by element: polynomials of additions, products and divisions, each rounded once, so that their bits
/// are the same on every processor. NaN gives NaN.</summary>
/// <remarks>The coefficients were fitted to the least relative error over the range in which they are used (below 5·10⁻⁹ for each). <see cref="FastExp"/>
/// has other ones, which the bits of recorded runs depend on.</remarks>
internal static class VectorFunctions
{
    private const float Lowest = -87.3f;
    private const float LastTail = 14;
    private const float InverseSqrtTwoPi = 0.39894228f;

    /// <summary>Returns <c>e^(x + low)</c> for x of at most 88, to 2 units in the last place; 0 where x is below −87.3.</summary>
    /// <param name="x">The exponent.</param>
    /// <param name="low">What the exponent has beyond the precision of <paramref name="x"/>: at most 0.2.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x, Vector256<float> low)
    {
        Vector256<float> isZero = Vector256.LessThan(x, Vector256.Create(Lowest));
        Vector256<float> within = Vector256.ConditionalSelect(isZero, Vector256.Create(Lowest), x);
        Vector256<float> n = Vector256.Floor((within * 1.44269504f) + Vector256.Create(0.5f));

        // ln 2 in two parts, of which the first has 9 bits: its products with n are exact.
        Vector256<float> r = within - (n * 0.693359375f) + ((n * 2.12194440e-4f) + low);
        Vector256<float> p = (r * 0.00138145394f) + Vector256.Create(0.00836874545f);
        p = (p * r) + Vector256.Create(0.041668389f);
        p = (p * r) + Vector256.Create(0.166665211f);
        p = (p * r) + Vector256.Create(0.49999994f);
        p = (p * r * r) + r + Vector256<float>.One;
        Vector256<float> power = Vector256.ShiftLeft(Vector256.ConvertToInt32Native(n) + Vector256.Create(127), 23).AsSingle();
        return Vector256.AndNot(p * power, isZero);
    }

    /// <summary>Returns <c>e^x</c> for x of at most 88, to 2 units in the last place; 0 below −87.3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x) => Exp(x, Vector256<float>.Zero);

    /// <summary>Returns <c>ln(1 + x)</c> for x from 0 to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LogOnePlus(Vector256<float> x)
    {
        // 2 artanh s.
        Vector256<float> s = x / (x + Vector256.Create(2f));
        Vector256<float> square = s * s;
        Vector256<float> p = (square * 0.140125707f) + Vector256.Create(0.139995068f);
        p = (p * square) + Vector256.Create(0.200108528f);
        p = (p * square) + Vector256.Create(0.333332062f);
        return (s + (s * square * p)) * 2f;
    }

    /// <summary>Returns <c>1 / (1 + e^−x)</c>; 1 − σ(x) is σ(−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x)
    {
        // The exponent is not positive, so nothing overflows.
        Vector256<float> e = Exp(-Vector256.Abs(x));
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), e, Vector256<float>.One) / (Vector256<float>.One + e);
    }

    /// <summary>Returns the hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        Vector256<float> size = Vector256.Abs(x);
        Vector256<float> square = x * x;
        Vector256<float> p = (square * -0.00571704237f) + Vector256.Create(0.0206505843f);
        p = (p * square) + Vector256.Create(-0.0537434965f);
        p = (p * square) + Vector256.Create(0.133314908f);
        p = (p * square) + Vector256.Create(-0.333332837f);
        Vector256<float> small = x + (x * square * p);

        // From 10 on the result is 1.
        Vector256<float> within = Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(10f)), Vector256.Create(10f), size);
        Vector256<float> large = Vector256<float>.One - (Vector256.Create(2f) / (Exp(within * 2f) + Vector256<float>.One));

        // The sign, also of −0.
        return Vector256.ConditionalSelect(Vector256.LessThan(size, Vector256.Create(0.625f)), small, large) | (x & Vector256.Create(-0f));
    }

    /// <summary>Returns the standard normal distribution function Φ(x), to 6 units in the last place, and its density φ(x); 0 where they are below 10⁻³⁸.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Distribution, Vector256<float> Density) Normal(Vector256<float> x)
    {
        Vector256<float> size = Vector256.Abs(x);
        size = Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(LastTail)), Vector256.Create(LastTail), size);

        // e^(−x²/2): the square of the first 12 bits is exact, the rest is added to the reduced exponent.
        Vector256<float> first = size & Vector256.Create(0xFFFFF000u).AsSingle();
        Vector256<float> e = Exp(first * first * -0.5f, (size - first) * (size + first) * -0.5f);

        // Φ(−|x|)·e^(x²/2) as a polynomial of 1 / (1 + 0.3·|x|).
        Vector256<float> t = Vector256<float>.One / (Vector256<float>.One + (size * 0.3f));
        Vector256<float> p = (t * -0.0206128359f) + Vector256.Create(0.112375811f);
        p = (p * t) + Vector256.Create(-0.228067592f);
        p = (p * t) + Vector256.Create(0.191581801f);
        p = (p * t) + Vector256.Create(-0.0792474225f);
        p = (p * t) + Vector256.Create(0.0960578695f);
        p = (p * t) + Vector256.Create(0.0784255639f);
        p = (p * t) + Vector256.Create(0.110227324f);
        p = (p * t) + Vector256.Create(0.119572841f);
        p = (p * t) + Vector256.Create(0.119686633f);
        Vector256<float> tail = p * t * e;
        return (Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, Vector256<float>.One - tail), e * InverseSqrtTwoPi);
    }
}
