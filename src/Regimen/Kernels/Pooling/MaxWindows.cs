using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>The largest values of windows of <c>side</c> × <c>side</c> pixels beside each other. Of equal values the first counts, by row and column; NaN is larger than
/// any number. Pixels have their channels next to each other in memory.</summary>
internal static unsafe class MaxWindows
{
    /// <summary>The place of a window whose value is at most 0, if a ReLU follows: no gradient passes.</summary>
    public const byte None = byte.MaxValue;

    /// <summary>The largest side of a window: a place in it is one byte.</summary>
    public const int LargestSide = 15;

    private static int Count => Vector256<float>.Count;

    /// <summary>Writes the largest value of each window in a row of windows, and its place in the window.</summary>
    /// <param name="x">The first pixel.</param>
    /// <param name="row">The distance between two rows of pixels.</param>
    /// <param name="windows">The number of windows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="side">The side of a window.</param>
    /// <param name="rectifies">Whether a ReLU follows.</param>
    /// <param name="y">The values <c>[windows, channels]</c>.</param>
    /// <param name="places">The places <c>[windows, channels]</c>: row · side + column, or <see cref="None"/>; null if they are not needed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* x, nint row, int windows, int channels, int side, bool rectifies, float* y, byte* places)
    {
        for (int window = 0; window < windows; window++, x += (nint)side * channels, y += channels)
        {
            int at = 0;
            for (; at + Count <= channels; at += Count)
            {
                Vector256<float> most = Vector256.Load(x + at);
                Vector256<int> place = Vector256<int>.Zero;
                for (int down = 0, index = 0; down < side; down++)
                {
                    float* from = x + (down * row) + at;
                    for (int along = 0; along < side; along++, from += channels, index++)
                    {
                        Vector256<float> value = Vector256.Load(from);
                        Vector256<float> isLarger = Vector256.GreaterThan(value, most) | ~Vector256.Equals(value, value);
                        most = Vector256.ConditionalSelect(isLarger, value, most);
                        place = Vector256.ConditionalSelect(isLarger.AsInt32(), Vector256.Create(index), place);
                    }
                }

                if (rectifies)
                {
                    Vector256<float> isCut = Vector256.LessThanOrEqual(most, Vector256<float>.Zero);
                    most = Vector256.AndNot(most, isCut);
                    place |= isCut.AsInt32();
                }

                most.Store(y + at);
                if (places is not null)
                {
                    Vector128<short> halves = Vector128.Narrow(place.GetLower(), place.GetUpper());
                    *(long*)(places + at) = Vector128.Narrow(halves, halves).AsInt64().ToScalar();
                }
            }

            for (; at < channels; at++)
            {
                (float value, byte place) = Largest(x + at, row, channels, side, rectifies);
                y[at] = value;
                if (places is not null)
                {
                    places[at] = place;
                }
            }

            places = places is null ? null : places + channels;
        }
    }

    /// <summary>Writes the gradients of the pixels of a row of windows: the gradient of each window's value at its place, 0 elsewhere.</summary>
    /// <param name="gradient">The gradients of the values <c>[windows, channels]</c>.</param>
    /// <param name="places">The places that <see cref="Forward"/> wrote.</param>
    /// <param name="windows">The number of windows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="side">The side of a window.</param>
    /// <param name="to">The first pixel's gradient.</param>
    /// <param name="row">The distance between two rows of pixels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* gradient, byte* places, int windows, int channels, int side, float* to, nint row)
    {
        for (int window = 0; window < windows; window++, to += (nint)side * channels, gradient += channels, places += channels)
        {
            int at = 0;
            for (; at + Count <= channels; at += Count)
            {
                Vector256<float> value = Vector256.Load(gradient + at);
                Vector128<ushort> halves = Vector128.WidenLower(Vector128.CreateScalar(*(long*)(places + at)).AsByte());
                Vector256<int> place = Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves)).AsInt32();
                for (int down = 0, index = 0; down < side; down++)
                {
                    float* next = to + (down * row) + at;
                    for (int along = 0; along < side; along++, next += channels, index++)
                    {
                        (value & Vector256.Equals(place, Vector256.Create(index)).AsSingle()).Store(next);
                    }
                }
            }

            for (; at < channels; at++)
            {
                for (int index = 0; index < side * side; index++)
                {
                    to[(index / side * row) + ((nint)(index % side) * channels) + at] = index == places[at] ? gradient[at] : 0;
                }
            }
        }
    }

    private static (float Value, byte Place) Largest(float* x, nint row, int channels, int side, bool rectifies)
    {
        (float most, byte place) = (*x, 0);
        for (int index = 0; index < side * side; index++)
        {
            float value = x[(index / side * row) + ((nint)(index % side) * channels)];
            if (value > most || float.IsNaN(value))
            {
                (most, place) = (value, (byte)index);
            }
        }

        return rectifies && most <= 0 ? (0, None) : (most, place);
    }
}
