using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Regimen.Data;

/// <summary>Bytes to <c>byte · scale + offset</c> in one pass over memory.</summary>
/// <remarks>Product and sum are rounded separately on every path, so the result has the same bits at every vector width.</remarks>
internal static class PixelKernel
{
    public static void Scale(ReadOnlySpan<byte> from, Span<float> to, float scale, float offset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, from.Length, nameof(to));
        if (Vector512.IsHardwareAccelerated && from.Length >= Vector512<byte>.Count)
        {
            Scale512(ref MemoryMarshal.GetReference(from), ref MemoryMarshal.GetReference(to), from.Length, scale, offset);
        }
        else if (Vector256.IsHardwareAccelerated && from.Length >= Vector256<byte>.Count)
        {
            Scale256(ref MemoryMarshal.GetReference(from), ref MemoryMarshal.GetReference(to), from.Length, scale, offset);
        }
        else
        {
            for (int i = 0; i < from.Length; i++)
            {
                float product = from[i] * scale;
                to[i] = product + offset;
            }
        }
    }

    // The last vector overlaps the one before it instead of leaving a tail: the same values are written twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale512(ref byte from, ref float to, int length, float scale, float offset)
    {
        Vector512<float> s = Vector512.Create(scale);
        Vector512<float> o = Vector512.Create(offset);
        nuint last = (nuint)(length - Vector512<byte>.Count);
        for (nuint i = 0; ;)
        {
            (Vector512<ushort> low, Vector512<ushort> high) = Vector512.Widen(Vector512.LoadUnsafe(ref from, i));
            (Vector512<uint> a, Vector512<uint> b) = Vector512.Widen(low);
            (Vector512<uint> c, Vector512<uint> d) = Vector512.Widen(high);
            Store(a, ref to, i, s, o);
            Store(b, ref to, i + 16, s, o);
            Store(c, ref to, i + 32, s, o);
            Store(d, ref to, i + 48, s, o);
            if (i == last)
            {
                return;
            }

            i = nuint.Min(i + (nuint)Vector512<byte>.Count, last);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector512<uint> values, ref float to, nuint at, Vector512<float> s, Vector512<float> o)
            => ((Vector512.ConvertToSingle(values.AsInt32()) * s) + o).StoreUnsafe(ref to, at);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale256(ref byte from, ref float to, int length, float scale, float offset)
    {
        Vector256<float> s = Vector256.Create(scale);
        Vector256<float> o = Vector256.Create(offset);
        nuint last = (nuint)(length - Vector256<byte>.Count);
        for (nuint i = 0; ;)
        {
            (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, i));
            (Vector256<uint> a, Vector256<uint> b) = Vector256.Widen(low);
            (Vector256<uint> c, Vector256<uint> d) = Vector256.Widen(high);
            Store(a, ref to, i, s, o);
            Store(b, ref to, i + 8, s, o);
            Store(c, ref to, i + 16, s, o);
            Store(d, ref to, i + 24, s, o);
            if (i == last)
            {
                return;
            }

            i = nuint.Min(i + (nuint)Vector256<byte>.Count, last);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Store(Vector256<uint> values, ref float to, nuint at, Vector256<float> s, Vector256<float> o)
            => ((Vector256.ConvertToSingle(values.AsInt32()) * s) + o).StoreUnsafe(ref to, at);
    }
}
