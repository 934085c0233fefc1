namespace Regimen.Kernels;

/// <summary>A product value by value: the definition of every other kernel's results, and the kernel of processors without a vector multiply-add
/// that rounds once. There it is slow, because <see cref="MathF.FusedMultiplyAdd"/> is computed by software.</summary>
internal static unsafe class ScalarProduct
{
    /// <summary>Computes a product.</summary>
    public static void Run(in ProductArguments product)
    {
        for (int row = 0; row < product.Rows; row++)
        {
            for (int column = 0; column < product.Columns; column++)
            {
                float* c = product.OfC(row, column);
                float value = Sum(product, row, column, product.Accumulates ? *c : product.Bias is null ? 0 : product.Bias[column]);
                *c = product.Rectifies && value <= 0 ? 0 : value;
            }
        }
    }

    private static float Sum(in ProductArguments product, int row, int column, float start)
    {
        float sum = 0;
        for (int k = 0; k < product.Depth; k += ProductArguments.Chain)
        {
            float chain = k == 0 ? start : 0;
            int end = Math.Min(k + ProductArguments.Chain, product.Depth);
            for (int i = k; i < end; i++)
            {
                chain = MathF.FusedMultiplyAdd(product.ValueOfA(row, i), product.ValueOfB(i, column), chain);
            }

            sum = k == 0 ? chain : sum + chain;
        }

        return sum;
    }
}
