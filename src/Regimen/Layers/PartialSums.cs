using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Layers;

/// <summary>A gradient <c>[batch, units]</c> as the sum of terms that several threads wrote, one after the other in memory.</summary>
/// <param name="address">The address of the first term; 0 if the gradient is not needed.</param>
/// <param name="count">The number of terms.</param>
internal readonly unsafe struct PartialSums(nint address, int count)
{
    /// <summary>Whether the gradient is needed.</summary>
    public bool AreNeeded => address != 0;

    /// <summary>The number of terms.</summary>
    public int Count => count;

    /// <summary>Returns the address of a term.</summary>
    /// <param name="part">The term, from 0.</param>
    /// <param name="length">The number of values in each.</param>
    public float* Of(int part, long length) => (float*)address + (part * length);

    /// <summary>Writes the sum.</summary>
    public void SumTo(float* to, long length) => Sum((float*)address, length, count, to, length);

    /// <summary>Writes the sum of some columns of each row, and 0 where the output of a ReLU is 0.</summary>
    /// <param name="to">The start of the whole gradient.</param>
    /// <param name="rectified">The output of the ReLU, laid out as the gradient; null without a ReLU.</param>
    /// <param name="batch">The number of rows.</param>
    /// <param name="units">The number of columns of the whole gradient.</param>
    /// <param name="start">The first column.</param>
    /// <param name="end">The column after the last.</param>
    public void SumColumns(float* to, float* rectified, int batch, int units, int start, int end)
    {
        for (int row = 0; row < batch; row++)
        {
            long at = ((long)row * units) + start;
            Sum((float*)address + at, (long)batch * units, count, to + at, end - start);
            if (rectified is not null)
            {
                Mask(rectified + at, to + at, end - start);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(float* first, long stride, int count, float* to, long length)
    {
        long i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256.Load(first + i);
            for (int part = 1; part < count; part++)
            {
                sum += Vector256.Load(first + (part * stride) + i);
            }

            sum.Store(to + i);
        }

        for (; i < length; i++)
        {
            float sum = first[i];
            for (int part = 1; part < count; part++)
            {
                sum += first[(part * stride) + i];
            }

            to[i] = sum;
        }
    }

    /// <summary>Sets a gradient to 0 where the output of a ReLU is 0.</summary>
    internal static void Mask(float* rectified, float* gradient, long length) => Mask(rectified, gradient, gradient, length);

    /// <summary>Writes a gradient, and 0 where the output of a ReLU is 0; where it is NaN, the gradient passes, as in torch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Mask(float* rectified, float* gradient, float* to, long length)
    {
        long i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            Vector256<float> isCut = Vector256.LessThanOrEqual(Vector256.Load(rectified + i), Vector256<float>.Zero);
            Vector256.AndNot(Vector256.Load(gradient + i), isCut).Store(to + i);
        }

        for (; i < length; i++)
        {
            to[i] = rectified[i] <= 0 ? 0 : gradient[i];
        }
    }
}
