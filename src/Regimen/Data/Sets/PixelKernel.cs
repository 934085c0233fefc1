using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Data;

/// <summary>Converts bytes to <c>byte · scale + offset</c> in one pass over memory.</summary>
/// <remarks>Product and sum are rounded separately on every path, so the result has the same bits at every vector width. Each path handles
/// the tail with a last vector that overlaps the one before, so some values are written twice.</remarks>
internal static unsafe class PixelKernel
{
    public static void Scale(ReadOnlySpan<byte> from, Span<float> to, float scale, float offset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to.Length, from.Length, nameof(to));
        fixed (byte* source = from)
        fixed (float* target = to)
        {
            Scale(source, target, from.Length, scale, offset, null);
        }
    }

    /// <param name="from">The bytes.</param>
    /// <param name="to">The converted values.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="offset">The offset.</param>
    /// <param name="ahead">As many bytes that are prefetched meanwhile; null for none.</param>
    public static void Scale(byte* from, float* to, int length, float scale, float offset, byte* ahead)
    {
        if (Avx512F.IsSupported && length >= Vector512<float>.Count)
        {
            Scale512(from, to, length, scale, offset, ahead);
        }
        else if (Avx2.IsSupported && length >= Vector256<float>.Count)
        {
            Scale256(from, to, length, scale, offset, ahead);
        }
        else if (length >= Vector128<byte>.Count)
        {
            Scale128(from, to, length, scale, offset, ahead);
        }
        else
        {
            ScaleOneByOne(from, to, length, scale, offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale512(byte* from, float* to, int length, float scale, float offset, byte* ahead)
    {
        Vector512<float> s = Vector512.Create(scale);
        Vector512<float> o = Vector512.Create(offset);
        int i = 0;
        for (; i <= length - 64; i += 64)
        {
            Prefetch.Line(ahead, i);
            Convert(from + i, s, o).Store(to + i);
            Convert(from + i + 16, s, o).Store(to + i + 16);
            Convert(from + i + 32, s, o).Store(to + i + 32);
            Convert(from + i + 48, s, o).Store(to + i + 48);
        }

        Prefetch.Line(ahead, i);
        for (; i < length; i += 16)
        {
            i = Math.Min(i, length - 16);
            Convert(from + i, s, o).Store(to + i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<float> Convert(byte* from, Vector512<float> s, Vector512<float> o)
            => (Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(from))) * s) + o;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale256(byte* from, float* to, int length, float scale, float offset, byte* ahead)
    {
        Vector256<float> s = Vector256.Create(scale);
        Vector256<float> o = Vector256.Create(offset);
        int i = 0;
        for (; i <= length - 32; i += 32)
        {
            Prefetch.Line(ahead, i);
            Convert(from + i, s, o).Store(to + i);
            Convert(from + i + 8, s, o).Store(to + i + 8);
            Convert(from + i + 16, s, o).Store(to + i + 16);
            Convert(from + i + 24, s, o).Store(to + i + 24);
        }

        Prefetch.Line(ahead, i);
        for (; i < length; i += 8)
        {
            i = Math.Min(i, length - 8);
            Convert(from + i, s, o).Store(to + i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Convert(byte* from, Vector256<float> s, Vector256<float> o)
            => (Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(from)) * s) + o;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale128(byte* from, float* to, int length, float scale, float offset, byte* ahead)
    {
        Vector128<float> s = Vector128.Create(scale);
        Vector128<float> o = Vector128.Create(offset);
        for (int i = 0; i < length; i += 16)
        {
            i = Math.Min(i, length - 16);
            Prefetch.Line(ahead, i);
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(from + i));
            (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
            (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
            ((Vector128.ConvertToSingle(a.AsInt32()) * s) + o).Store(to + i);
            ((Vector128.ConvertToSingle(b.AsInt32()) * s) + o).Store(to + i + 4);
            ((Vector128.ConvertToSingle(c.AsInt32()) * s) + o).Store(to + i + 8);
            ((Vector128.ConvertToSingle(d.AsInt32()) * s) + o).Store(to + i + 12);
        }
    }

    internal static void ScaleOneByOne(byte* from, float* to, int length, float scale, float offset)
    {
        for (int i = 0; i < length; i++)
        {
            float product = from[i] * scale;
            to[i] = product + offset;
        }
    }
}
