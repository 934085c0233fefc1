using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>The definition of a sum along a row: 16 sums, each of every 16th value, then added in pairs.</summary>
internal static unsafe class LaneSums
{
    /// <summary>The number of sums.</summary>
    public const int Count = 16;

    /// <summary>Adds 16 sums in pairs: the first to the ninth, and so on; then the first to the fifth, the third and the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Total(Vector256<float> low, Vector256<float> high)
    {
        Vector256<float> eight = low + high;
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        return (four.GetElement(0) + four.GetElement(2)) + (four.GetElement(1) + four.GetElement(3));
    }

    /// <summary>Reads the first values of 16; the others are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Low, Vector256<float> High) LoadFirst(float* from, int count)
    {
        float* values = stackalloc float[Count];
        for (int i = 0; i < Count; i++)
        {
            values[i] = i < count ? from[i] : 0;
        }

        return (Vector256.Load(values), Vector256.Load(values + Vector256<float>.Count));
    }

    /// <summary>Returns the sum of values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Of(float* values, int length)
    {
        Vector256<float> low = default, high = default;
        int i = 0;
        for (; i + Count <= length; i += Count)
        {
            low += Vector256.Load(values + i);
            high += Vector256.Load(values + i + Vector256<float>.Count);
        }

        if (i < length)
        {
            (Vector256<float> restLow, Vector256<float> restHigh) = LoadFirst(values + i, length - i);
            low += restLow;
            high += restHigh;
        }

        return Total(low, high);
    }

    /// <summary>Returns the sum of the squared differences from a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float OfSquares(float* values, float mean, int length)
    {
        Vector256<float> low = default, high = default;
        Vector256<float> middle = Vector256.Create(mean);
        int i = 0;
        for (; i + Count <= length; i += Count)
        {
            Vector256<float> first = Vector256.Load(values + i) - middle;
            Vector256<float> second = Vector256.Load(values + i + Vector256<float>.Count) - middle;
            low += first * first;
            high += second * second;
        }

        if (i < length)
        {
            float* rest = stackalloc float[Count];
            for (int at = 0; at < Count; at++)
            {
                rest[at] = i + at < length ? values[i + at] : mean;
            }

            Vector256<float> first = Vector256.Load(rest) - middle;
            Vector256<float> second = Vector256.Load(rest + Vector256<float>.Count) - middle;
            low += first * first;
            high += second * second;
        }

        return Total(low, high);
    }
}
