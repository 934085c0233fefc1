using System.Runtime.CompilerServices;

namespace Regimen.Kernels;

/// <summary>Some columns of B over one chain, in place or copied, with what their sums start from.</summary>
internal unsafe struct ProductPanel(int column, int columns, int k, int depth)
{
    // A panel that is read in place should stay in the first-level cache, and its rows should not share cache sets.
    public const int MostInPlace = 128;
    public const int PoorStride = 256;

    // For fewer tiles of rows, reading a panel in place takes less time than copying it.
    private const int FewTiles = 6;

    public bool IsPair;
    public bool IsWhole;
    public bool IsFirst;
    public bool IsLast;
    public float* B;
    public nint Next;
    public float* Start;

    public readonly int Column => column;

    public readonly int Columns => columns;

    public readonly int K => k;

    public readonly int Depth => depth;

    /// <summary>Finds or copies the columns from one on.</summary>
    /// <typeparam name="TLanes">The operations of a vector.</typeparam>
    /// <typeparam name="TVector">The vector.</typeparam>
    /// <param name="product">The product.</param>
    /// <param name="memory">The thread's memory.</param>
    /// <param name="column">The first column.</param>
    /// <param name="k">The first product of the chain.</param>
    /// <param name="depth">The number of products.</param>
    /// <param name="rows">The number of rows that are multiplied by the panel: for few a copy does not pay.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ProductPanel Prepare<TLanes, TVector>(in ProductArguments product, ProductMemory memory, int column, int k, int depth, int rows)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        var panel = new ProductPanel(column, Math.Min(2 * TLanes.Count, product.Columns - column), k, depth);
        panel.IsPair = panel.Columns > TLanes.Count;
        int width = panel.IsPair ? 2 * TLanes.Count : TLanes.Count;
        panel.IsWhole = panel.Columns == width;
        panel.IsFirst = panel.K == 0;
        panel.IsLast = panel.K + panel.Depth == product.Depth;
        panel.B = memory.Panel;
        panel.Next = width;
        float* b = product.OfB(panel.K, panel.Column);
        if (product.PatchesOfB is not null)
        {
            PackedPanel<TLanes, TVector>.Copy(*product.PatchesOfB, panel.K, panel.Column, panel.Columns, panel.Depth, memory.Panel);
        }
        else if (product.BIsTransposed)
        {
            PackedPanel<TLanes, TVector>.CopyTransposed(b, product.BStride, panel.Columns, panel.Depth, memory.Panel);
        }
        else if (panel.IsWhole && IsInPlace<TLanes, TVector>(product, panel.Depth, rows))
        {
            panel.B = b;
            panel.Next = product.BStride;
        }
        else
        {
            PackedPanel<TLanes, TVector>.Copy(b, product.BStride, panel.Columns, panel.Depth, memory.Panel);
        }

        panel.Start = memory.Zeros;
        if (product.Bias is not null && panel.IsFirst)
        {
            panel.Start = memory.Bias;
            PackedPanel<TLanes, TVector>.Copy(product.Bias + panel.Column, 0, panel.Columns, 1, memory.Bias);
        }

        return panel;
    }

    private static bool IsInPlace<TLanes, TVector>(in ProductArguments product, int depth, int rows)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
        => rows <= TLanes.Rows || (product.BStride % PoorStride != 0 && (depth <= MostInPlace || rows <= FewTiles * TLanes.Rows));
}
