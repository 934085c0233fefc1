using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Sums of the columns of a matrix <c>[rows, channels]</c>, for at most <see cref="Rows"/> rows: each sum is one chain of float32 additions, rows
/// ascending. Products and sums are not fused, so that the bits do not depend on the processor.</summary>
internal static unsafe class ChannelSums
{
    /// <summary>The most rows of a block. A longer sum adds the sums of its blocks, in order, in double precision.</summary>
    public const int Rows = 256;

    /// <summary>Writes <c>Σ x</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfValues(float* x, int rows, int channels, float* to)
    {
        int at = 0;

        // Several vectors at once: an addition takes as long as several loads.
        for (; at + (4 * Vector256<float>.Count) <= channels; at += 4 * Vector256<float>.Count)
        {
            Vector256<float> first = default, second = default, third = default, fourth = default;
            float* next = x + at;
            for (int row = 0; row < rows; row++, next += channels)
            {
                first += Vector256.Load(next);
                second += Vector256.Load(next + Vector256<float>.Count);
                third += Vector256.Load(next + (2 * Vector256<float>.Count));
                fourth += Vector256.Load(next + (3 * Vector256<float>.Count));
            }

            first.Store(to + at);
            second.Store(to + at + Vector256<float>.Count);
            third.Store(to + at + (2 * Vector256<float>.Count));
            fourth.Store(to + at + (3 * Vector256<float>.Count));
        }

        for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            float* next = x + at;
            for (int row = 0; row < rows; row++, next += channels)
            {
                sum += Vector256.Load(next);
            }

            sum.Store(to + at);
        }

        for (; at < channels; at++)
        {
            float sum = 0;
            for (int row = 0; row < rows; row++)
            {
                sum += x[((nint)row * channels) + at];
            }

            to[at] = sum;
        }
    }

    /// <summary>Writes <c>Σ (x − mean)²</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfSquares(float* x, int rows, int channels, float* mean, float* to)
    {
        int at = 0;
        for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            Vector256<float> centre = Vector256.Load(mean + at);
            float* next = x + at;
            for (int row = 0; row < rows; row++, next += channels)
            {
                Vector256<float> value = Vector256.Load(next) - centre;
                sum += value * value;
            }

            sum.Store(to + at);
        }

        for (; at < channels; at++)
        {
            float sum = 0;
            for (int row = 0; row < rows; row++)
            {
                float value = x[((nint)row * channels) + at] - mean[at];
                sum += value * value;
            }

            to[at] = sum;
        }
    }

    /// <summary>Writes <c>Σ g·(x − mean)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfProducts(float* g, float* x, int rows, int channels, float* mean, float* to)
    {
        int at = 0;
        for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            Vector256<float> centre = Vector256.Load(mean + at);
            nint place = at;
            for (int row = 0; row < rows; row++, place += channels)
            {
                sum += Vector256.Load(g + place) * (Vector256.Load(x + place) - centre);
            }

            sum.Store(to + at);
        }

        for (; at < channels; at++)
        {
            float sum = 0;
            nint place = at;
            for (int row = 0; row < rows; row++, place += channels)
            {
                sum += g[place] * (x[place] - mean[at]);
            }

            to[at] = sum;
        }
    }
}
