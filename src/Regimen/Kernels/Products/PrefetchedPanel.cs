using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Regimen.Kernels;

/// <summary>Reads memory into the caches before it is needed: panels and tiles lie at distances that processors do not foresee.</summary>
internal static unsafe class PrefetchedPanel
{
    private const int CacheLine = 64 / sizeof(float);

    // Smaller matrices stay in the second-level cache between the layers of a step.
    private const long SmallestLarge = 1 << 18;

    /// <summary>Whether a matrix is so large that its values are not in the caches.</summary>
    public static bool IsLarge(int rows, int columns) => (long)rows * columns >= SmallestLarge && Sse.IsSupported;

    /// <summary>Prefetches a part of the columns of B from which the next panel is packed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Part(in ProductArguments product, int column, int width, int k, int depth, int part, int parts)
    {
        int columns = Math.Min(width, product.Columns - column);
        if (columns <= 0)
        {
            return;
        }

        (int rows, int length) = product.BIsTransposed ? (columns, depth) : (depth, columns);
        float* start = product.OfB(k, column);
        for (int row = rows * part / parts; row < rows * (part + 1) / parts; row++)
        {
            float* from = start + ((nint)row * product.BStride);
            for (int at = 0; at < length; at += CacheLine)
            {
                Sse.Prefetch1(from + at);
            }
        }
    }

    /// <summary>Prefetches the rows of a tile of two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* start, nint stride, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            Sse.Prefetch0(start + (row * stride));
            Sse.Prefetch0(start + (row * stride) + CacheLine);
        }
    }
}
