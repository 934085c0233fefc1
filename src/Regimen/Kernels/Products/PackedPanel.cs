using System.Runtime.CompilerServices;

namespace Regimen.Kernels;

/// <summary>Copies some columns of B into a panel: for each k a row of one or two vectors, filled up with zeros.</summary>
internal static unsafe class PackedPanel<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Copies columns of a B whose rows are rows in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* from, nint stride, int columns, int depth, float* to)
    {
        int width = columns > TLanes.Count ? 2 * TLanes.Count : TLanes.Count;
        for (int k = 0; k < depth; k++, from += stride, to += width)
        {
            for (int at = 0; at < width; at += TLanes.Count)
            {
                int count = columns - at;
                TLanes.Store(count >= TLanes.Count ? TLanes.Load(from + at) : TLanes.LoadFirst(from + at, count), to + at);
            }
        }
    }

    /// <summary>Copies columns of a B whose rows are patches.</summary>
    public static void Copy(in Patches patches, int k, int column, int columns, int depth, float* to)
    {
        int width = columns > TLanes.Count ? 2 * TLanes.Count : TLanes.Count;
        PackedPatches<TLanes, TVector>.Copy(patches, k, depth, column, columns, to, width);
        Fill(columns, width, depth, to);
    }

    /// <summary>Copies columns of a B whose columns are rows in memory.</summary>
    public static void CopyTransposed(float* from, nint stride, int columns, int depth, float* to)
    {
        int width = columns > TLanes.Count ? 2 * TLanes.Count : TLanes.Count;
        Transposition.Copy(from, stride, columns, depth, to, width);
        Fill(columns, width, depth, to);
    }

    private static void Fill(int columns, int width, int depth, float* to)
    {
        for (int k = 0; columns < width && k < depth; k++)
        {
            new Span<float>(to + ((nint)k * width) + columns, width - columns).Clear();
        }
    }
}
