using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>Copies rows of A into one block, so that a tile reads them from few pages and cache sets, at distances known to its code.</summary>
internal static unsafe class PackedRows
{
    /// <summary>The most rows of a block.</summary>
    public const int Most = 480;

    /// <summary>The distance between two rows: a chain and one cache line, because rows at a power of 2 would share cache sets.</summary>
    public const int Stride = ProductArguments.Chain + 16;

    /// <summary>The number of values in a block.</summary>
    public const int Length = Most * Stride;

    /// <summary>Copies rows as they are: row after row, at <see cref="Stride"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(in ProductArguments product, int row, int rows, int k, int depth, float* to)
    {
        for (int i = 0; i < rows; i++)
        {
            new ReadOnlySpan<float>(product.OfA(row + i, k), depth).CopyTo(new Span<float>(to + ((nint)i * Stride), depth));
        }
    }

    /// <summary>Copies rows of a transposed A: for each group of <paramref name="group"/> rows their values of one k after the other. Groups start
    /// at multiples of <see cref="Stride"/> times their rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTransposed(in ProductArguments product, int row, int rows, int k, int depth, int group, float* to)
    {
        for (int i = 0; i < depth; i++)
        {
            float* from = product.OfA(row, k + i);
            float* next = to + ((nint)i * group);
            int at = 0;

            // The surplus values are overwritten by those of the next k.
            for (; group == 12 && Vector512.IsHardwareAccelerated && at + Vector512<float>.Count <= rows; at += group, next += (nint)group * Stride)
            {
                Vector512.Load(from + at).Store(next);
            }

            for (; group == 12 && at + group <= rows; at += group, next += (nint)group * Stride)
            {
                Vector256.Load(from + at).Store(next);
                Vector128.Load(from + at + 8).Store(next + 8);
            }

            for (; at + group <= rows; at += group, next += (nint)group * Stride)
            {
                new ReadOnlySpan<float>(from + at, group).CopyTo(new Span<float>(next, group));
            }

            if (rows - at == Vector128<float>.Count)
            {
                Vector128.Load(from + at).Store(next);
            }
            else
            {
                new ReadOnlySpan<float>(from + at, rows - at).CopyTo(new Span<float>(next, rows - at));
            }
        }
    }
}
