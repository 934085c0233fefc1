namespace Regimen.Kernels;

/// <summary>Computes <c>C = A·Bᵀ</c> as <c>Cᵀ = B·Aᵀ</c>: vectors then lie along the rows of C, and A is packed instead of B. For a layer with many
/// outputs and a small batch this copies the batch and not the weight.</summary>
internal static unsafe class TransposedProduct
{
    private const int MostColumns = 128;
    private const int LeastColumns = 64;
    private const int LeastRows = 8;
    private const int PoorStride = 256;

    /// <summary>Whether this is faster, by the number of values to copy and of vectors to compute.</summary>
    public static bool IsFaster(in ProductArguments product, int lanes)
    {
        if (!product.BIsTransposed || product.AIsTransposed || product.Accumulates || product.Rows is < LeastRows or > MostColumns
            || product.Columns < LeastColumns || product.BStride % PoorStride == 0)
        {
            return false;
        }

        // A copied value takes about as long as half a product of 16.
        return Cost(product.Rows, product.Columns) > Cost(product.Columns, product.Rows);

        long Cost(long rows, long columns) => (columns * lanes) + (rows * RoundUp(columns, lanes));
    }

    /// <summary>Computes a product.</summary>
    public static void Run(in ProductArguments product, ProductMemory memory, Blocks run)
    {
        int stride = (int)RoundUp(product.Rows, ProductMemory.TileWidth / 2);
        for (int start = 0; start < product.Columns; start += PackedRows.Most)
        {
            int count = Math.Min(PackedRows.Most, product.Columns - start);
            for (int i = 0; i < count; i++)
            {
                new Span<float>(memory.Rows + ((nint)i * stride), product.Rows).Fill(product.Bias is null ? 0 : product.Bias[start + i]);
            }

            run(
                new ProductArguments
                {
                    Rows = count,
                    Columns = product.Rows,
                    Depth = product.Depth,
                    A = product.OfB(0, start),
                    AStride = product.BStride,
                    B = product.A,
                    BStride = product.AStride,
                    BIsTransposed = true,
                    C = memory.Rows,
                    CStride = stride,
                    Accumulates = true,
                    Rectifies = product.Rectifies,
                    ReadsInPlace = true,
                },
                memory);
            Transposition.Copy(memory.Rows, stride, count, product.Rows, product.OfC(0, start), product.CStride);
        }
    }

    private static long RoundUp(long count, int multiple) => (count + multiple - 1) / multiple * multiple;

    /// <summary>Computes a product in blocks.</summary>
    internal delegate void Blocks(in ProductArguments product, ProductMemory memory);
}
