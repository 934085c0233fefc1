using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Kernels;

namespace Regimen.Optimization;

/// <summary>The exponentials of a row of logits, with the same bits on every processor: a fixed polynomial, and a sum in a fixed order.</summary>
internal static unsafe class PortableExponentials
{
    /// <summary>Writes <c>e^(logit − highest)</c> of each logit, and returns the highest logit and the sum: 8 sums, each of every 8th value, added in
    /// pairs.</summary>
    public static (float Highest, float Sum) Of(float* logits, float* to, int classes)
    {
        float highest = logits[0];
        for (int c = 1; c < classes; c++)
        {
            highest = MathF.Max(highest, logits[c]);
        }

        return (highest, Of(logits, to, classes, highest));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Of(float* logits, float* to, int classes, float highest)
    {
        Vector256<float> shift = Vector256.Create(highest);
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= classes; i += Vector256<float>.Count)
        {
            Vector256<float> value = FastExp.Of(Vector256.Load(logits + i) - shift);
            value.Store(to + i);
            sums += value;
        }

        if (i < classes)
        {
            // The last values in a vector of their own, filled up with values whose exponential is 0.
            float* rest = stackalloc float[Vector256<float>.Count];
            new Span<float>(rest, Vector256<float>.Count).Fill(float.NegativeInfinity);
            new ReadOnlySpan<float>(logits + i, classes - i).CopyTo(new Span<float>(rest, classes - i));
            Vector256<float> value = FastExp.Of(Vector256.Load(rest) - shift);
            sums += value;
            value.Store(rest);
            new ReadOnlySpan<float>(rest, classes - i).CopyTo(new Span<float>(to + i, classes - i));
        }

        return ((sums.GetElement(0) + sums.GetElement(1)) + (sums.GetElement(2) + sums.GetElement(3)))
            + ((sums.GetElement(4) + sums.GetElement(5)) + (sums.GetElement(6) + sums.GetElement(7)));
    }
}
