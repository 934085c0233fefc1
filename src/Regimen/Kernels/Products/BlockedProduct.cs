using System.Runtime.CompilerServices;

namespace Regimen.Kernels;

/// <summary>A product in blocks that stay in the caches: chains of k, rows of A, panels of B, tiles of C.</summary>
/// <remarks>No block changes a result: each output is computed by one tile, chain after chain. The methods are compiled with all optimizations at
/// once, because a short training would end before the runtime did it by itself.</remarks>
internal static unsafe class BlockedProduct<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // Rows that are read in place should stay in the first-level cache, and should not share cache sets.
    private const int MostInPlace = ProductPanel.MostInPlace;
    private const int PoorStride = ProductPanel.PoorStride;

    // From as many panels on, copying the rows pays.
    private const int ManyPanels = 8;

    // With fewer tiles, prefetching a panel takes longer than they do.
    private const int ManyTiles = 16;

    private static int Width => 2 * TLanes.Count;

    /// <summary>Computes a product.</summary>
    public static void Run(in ProductArguments product)
    {
        ProductMemory memory = ProductMemory.OfThread;
        if (TransposedProduct.IsFaster(product, TLanes.Count))
        {
            TransposedProduct.Run(product, memory, RunInBlocks);
        }
        else
        {
            RunInBlocks(product, memory);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunInBlocks(in ProductArguments product, ProductMemory memory)
    {
        if (product.PatchesOfA is not null && !product.AIsTransposed && PatchLines.Fits(*product.PatchesOfA))
        {
            RunOnLines(product, memory);
            return;
        }

        for (int k = 0; k < product.Depth; k += ProductArguments.Chain)
        {
            int depth = Math.Min(ProductArguments.Chain, product.Depth - k);
            for (int row = 0; row < product.Rows; row += PackedRows.Most)
            {
                int rows = Math.Min(PackedRows.Most, product.Rows - row);
                RowBlock(product, memory, row, rows, k, depth, Rows(product, memory, row, rows, k, depth), 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunOnLines(in ProductArguments product, ProductMemory memory)
    {
        for (int row = 0, rows; row < product.Rows; row += rows)
        {
            (RowsOfA a, rows) = PatchLines.Find(*product.PatchesOfA, row, product.Rows - row, memory.Rows);
            for (int k = 0; k < product.Depth; k += ProductArguments.Chain)
            {
                RowBlock(product, memory, row, rows, k, Math.Min(ProductArguments.Chain, product.Depth - k), a, k);
            }
        }
    }

    /// <summary>Computes some rows over one chain.</summary>
    /// <param name="product">The product.</param>
    /// <param name="memory">The thread's memory.</param>
    /// <param name="row">The first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="k">The first product of the chain.</param>
    /// <param name="depth">The number of products.</param>
    /// <param name="a">Where the rows are.</param>
    /// <param name="start">The place of the chain in them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowBlock(in ProductArguments product, ProductMemory memory, int row, int rows, int k, int depth, in RowsOfA a, int start)
    {
        bool isLarge = product.PatchesOfB is null && rows >= ManyTiles * TLanes.Rows && PrefetchedPanel.IsLarge(product.Depth, product.Columns);
        for (int column = 0; column < product.Columns; column += Width)
        {
            ProductPanel panel = ProductPanel.Prepare<TLanes, TVector>(product, memory, column, k, depth, rows);
            int tiles = ((rows - 1) / TLanes.Rows) + 1;
            for (int at = 0, tile = 0; at < rows; tile++)
            {
                int height = TileHeight(Math.Min(rows - at, a.Left(at)));
                if (isLarge)
                {
                    PrefetchedPanel.Part(product, column + Width, Width, k, depth, tile, tiles);
                }

                Tile(product, memory, panel, row + at, height, a, (at, start));
                at += height;
            }
        }
    }

    /// <summary>Returns where a block's rows of A are: in place, or copied.</summary>
    private static RowsOfA Rows(in ProductArguments product, ProductMemory memory, int row, int rows, int k, int depth)
    {
        if (product.PatchesOfA is not null && product.AIsTransposed)
        {
            // A multiple of 4, and one more, so that short lines can be copied as vectors.
            int stride = (rows / 4 * 4) + 4;
            PackedPatches<TLanes, TVector>.Copy(*product.PatchesOfA, k, depth, row, rows, memory.Rows, stride);
            return new(memory.Rows, 1, stride, 1, 1);
        }

        if (product.PatchesOfA is not null)
        {
            PackedPatches<TLanes, TVector>.Copy(*product.PatchesOfA, row, rows, k, depth, memory.Rows, PackedRows.Stride);
            return new(memory.Rows, PackedRows.Stride, 1, 1, PackedRows.Stride);
        }

        bool isPoor = product.AStride % PoorStride == 0;
        if (!product.AIsTransposed)
        {
            if (product.ReadsInPlace || product.Columns <= Width || (!isPoor && product.Columns < ManyPanels * Width))
            {
                return new(product.OfA(row, k), product.AStride, 1, 1, product.AStride);
            }

            PackedRows.Copy(product, row, rows, k, depth, memory.Rows);
            return new(memory.Rows, PackedRows.Stride, 1, 1, PackedRows.Stride);
        }

        if (product.Columns <= Width || (!isPoor && depth <= MostInPlace))
        {
            return new(product.OfA(row, k), 1, product.AStride, 1, 1);
        }

        PackedRows.CopyTransposed(product, row, rows, k, depth, TLanes.Rows, memory.Rows);
        return new(memory.Rows, 1, TLanes.Rows, TLanes.Rows, TLanes.Rows * PackedRows.Stride);
    }

    /// <summary>Returns the rows of the next tile. 14 rows are 8 and 6, because two rows alone wait for their own sums.</summary>
    private static int TileHeight(int rows)
        => rows == 14 && TLanes.Rows == 12 ? 8 : rows >= TLanes.Rows ? TLanes.Rows : rows switch { >= 8 => 8, >= 6 => 6, >= 4 => 4, >= 2 => 2, _ => 1 };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(in ProductArguments product, ProductMemory memory, in ProductPanel panel, int row, int height, in RowsOfA a, (int Row, int K) start)
    {
        float* c = product.OfC(row, panel.Column);
        float* from = panel.Start;
        nint fromStride = 0;
        bool isInPlace = panel.IsWhole && panel.IsFirst;
        float* to = isInPlace ? c : memory.Tile;
        nint toStride = isInPlace ? product.CStride : Width;
        if (product.Accumulates && panel.IsFirst)
        {
            from = to;
            fromStride = toStride;
            if (!isInPlace)
            {
                Finish(c, product.CStride, to, toStride, height, panel.Columns, adds: false, rectifies: false);
            }
        }

        if (PrefetchedPanel.IsLarge(product.Rows, product.Columns))
        {
            PrefetchedPanel.Rows(c + (height * (nint)product.CStride), product.CStride, Math.Min(TLanes.Rows, product.Rows - row - height));
        }

        // The chain goes on through the memory of the results from one segment to the next.
        for (int done = 0, length; done < panel.Depth; done += length, from = to, fromStride = toStride)
        {
            int at = start.K + done;
            length = Math.Min(panel.Depth - done, a.Segment - (at % a.Segment));
            float* values = a.At(start.Row, at);
            float* b = panel.B + (done * panel.Next);
            if (panel.IsPair)
            {
                Run<Two>(height, values, a, b, panel.Next, length, from, fromStride, to, toStride);
            }
            else
            {
                Run<One>(height, values, a, b, panel.Next, length, from, fromStride, to, toStride);
            }
        }

        bool rectifies = product.Rectifies && panel.IsLast;
        if (!isInPlace || rectifies)
        {
            Finish(to, toStride, c, product.CStride, height, panel.Columns, adds: !panel.IsFirst, rectifies);
        }
    }

    /// <summary>Copies the first columns of a tile, or adds them to what is there, with a ReLU after it if needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(float* from, nint fromStride, float* to, nint toStride, int rows, int columns, bool adds, bool rectifies)
    {
        for (int row = 0; row < rows; row++, from += fromStride, to += toStride)
        {
            for (int at = 0; at < columns; at += TLanes.Count)
            {
                int count = columns - at;
                bool isWhole = count >= TLanes.Count;
                TVector value = isWhole ? TLanes.Load(from + at) : TLanes.LoadFirst(from + at, count);
                if (adds)
                {
                    value = TLanes.Add(isWhole ? TLanes.Load(to + at) : TLanes.LoadFirst(to + at, count), value);
                }

                value = rectifies ? TLanes.Rectify(value) : value;
                if (isWhole)
                {
                    TLanes.Store(value, to + at);
                }
                else
                {
                    TLanes.StoreFirst(value, to + at, count);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TColumns>(int height, float* start, in RowsOfA a, float* b, nint bNext, int length, float* from, nint fromStride, float* to, nint toStride)
        where TColumns : struct, IConstant
    {
        switch (height)
        {
            case 12:
                ProductTile<TLanes, TVector>.Run<Twelve, TColumns>(start, a.Step, a.Next, b, bNext, length, from, fromStride, to, toStride);
                break;
            case 8:
                ProductTile<TLanes, TVector>.Run<Eight, TColumns>(start, a.Step, a.Next, b, bNext, length, from, fromStride, to, toStride);
                break;
            case 6:
                ProductTile<TLanes, TVector>.Run<Six, TColumns>(start, a.Step, a.Next, b, bNext, length, from, fromStride, to, toStride);
                break;
            case 4:
                ProductTile<TLanes, TVector>.Run<Four, TColumns>(start, a.Step, a.Next, b, bNext, length, from, fromStride, to, toStride);
                break;
            case 2:
                ProductTile<TLanes, TVector>.Run<Two, TColumns>(start, a.Step, a.Next, b, bNext, length, from, fromStride, to, toStride);
                break;
            default:
                ProductTile<TLanes, TVector>.Run<One, TColumns>(start, a.Step, a.Next, b, bNext, length, from, fromStride, to, toStride);
                break;
        }
    }
}
