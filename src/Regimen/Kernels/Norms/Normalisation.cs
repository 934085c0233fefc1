using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Normalises the channels of a matrix <c>[rows, channels]</c>, value by value. Products and sums are not fused, so that the bits do not depend
/// on the processor.</summary>
internal static unsafe class Normalisation
{
    /// <summary>Writes <c>(x − mean)·scale + offset</c>, or <c>relu</c> of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, float* mean, float* scale, float* offset, float* y, int channels, long first, long end, bool rectifies)
    {
        for (nint row = (nint)first; row < end; row++)
        {
            float* from = x + (row * channels);
            float* to = y + (row * channels);
            int at = 0;
            for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
            {
                Vector256<float> value = Normalised(from, mean, scale, offset, at);
                value = rectifies ? Vector256.AndNot(value, Vector256.LessThanOrEqual(value, Vector256<float>.Zero)) : value;
                value.Store(to + at);
            }

            for (; at < channels; at++)
            {
                float value = ((from[at] - mean[at]) * scale[at]) + offset[at];
                to[at] = rectifies && value <= 0 ? 0 : value;
            }
        }
    }

    /// <summary>Writes the gradient before a ReLU that follows: 0 where <c>(x − mean)·scale + offset</c> is at most 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mask(float* g, float* x, float* mean, float* scale, float* offset, float* masked, int channels, long first, long end)
    {
        for (nint row = (nint)first; row < end; row++)
        {
            float* from = x + (row * channels);
            float* above = g + (row * channels);
            float* to = masked + (row * channels);
            int at = 0;
            for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
            {
                Vector256<float> isCut = Vector256.LessThanOrEqual(Normalised(from, mean, scale, offset, at), Vector256<float>.Zero);
                Vector256.AndNot(Vector256.Load(above + at), isCut).Store(to + at);
            }

            for (; at < channels; at++)
            {
                to[at] = ((from[at] - mean[at]) * scale[at]) + offset[at] <= 0 ? 0 : above[at];
            }
        }
    }

    /// <summary>Writes <c>(g − a − (x − mean)·b)·scale</c>.</summary>
    /// <param name="g">The gradient of the output.</param>
    /// <param name="x">The input.</param>
    /// <param name="mean">The mean of each channel.</param>
    /// <param name="factors">The scale of each channel, then a, then b.</param>
    /// <param name="to">The gradient of the input.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row after the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* g, float* x, float* mean, float* factors, float* to, int channels, long first, long end)
    {
        float* a = factors + channels;
        float* b = a + channels;
        for (nint row = (nint)first; row < end; row++)
        {
            nint start = row * channels;
            int at = 0;
            for (; at + Vector256<float>.Count <= channels; at += Vector256<float>.Count)
            {
                Vector256<float> centred = Vector256.Load(x + start + at) - Vector256.Load(mean + at);
                ((Vector256.Load(g + start + at) - Vector256.Load(a + at) - (centred * Vector256.Load(b + at))) * Vector256.Load(factors + at)).Store(to + start + at);
            }

            for (; at < channels; at++)
            {
                to[start + at] = (g[start + at] - a[at] - ((x[start + at] - mean[at]) * b[at])) * factors[at];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Normalised(float* x, float* mean, float* scale, float* offset, int at)
        => ((Vector256.Load(x + at) - Vector256.Load(mean + at)) * Vector256.Load(scale + at)) + Vector256.Load(offset + at);
}
