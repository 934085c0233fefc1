using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Layers;

/// <summary>A gradient <c>[batch, units]</c> as the sum of what several threads wrote, one after the other in memory.</summary>
/// <param name="address">Where the first lies; 0 where nobody wants it.</param>
/// <param name="count">How many.</param>
internal readonly unsafe struct PartialSums(nint address, int count)
{
    /// <summary>Whether anybody wants it.</summary>
    public bool AreWanted => address != 0;

    /// <summary>How many there are.</summary>
    public int Count => count;

    /// <summary>Where one lies.</summary>
    /// <param name="part">From 0.</param>
    /// <param name="length">Values in each.</param>
    public float* Of(int part, long length) => (float*)address + (part * length);

    /// <summary>Writes the sum.</summary>
    public void SumTo(float* to, long length) => Sum((float*)address, length, count, to, length);

    /// <summary>Writes the sum of some columns of each row, or 0 where what a ReLU gave is 0.</summary>
    /// <param name="to">Where the whole gradient would begin.</param>
    /// <param name="rectified">What the ReLU gave, laid out as the gradient; null without a ReLU.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="units">Columns of the whole gradient.</param>
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mask(float* rectified, float* gradient, long length)
    {
        long i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            Vector256<float> passes = Vector256.GreaterThan(Vector256.Load(rectified + i), Vector256<float>.Zero);
            (Vector256.Load(gradient + i) & passes).Store(gradient + i);
        }

        for (; i < length; i++)
        {
            gradient[i] = rectified[i] > 0 ? gradient[i] : 0;
        }
    }
}
