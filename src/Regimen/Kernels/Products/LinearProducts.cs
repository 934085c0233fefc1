using System.Runtime.Intrinsics;

namespace Regimen.Kernels;

/// <summary>The three matrix products of a linear layer. Their bits are the same on every processor and for every division of the outputs among
/// threads.</summary>
/// <remarks>
/// <para>Each output is one chain <c>sum = fma(a[k], b[k], sum)</c>, k ascending, which starts from the bias, from what is added to, or from 0. After
/// each <see cref="ProductArguments.Chain"/> products a new chain starts from 0, and the chains are added in order. Nothing else defines the
/// result; vectors lie along outputs, never along k.</para>
/// <para>NaN is NaN everywhere, but its sign and payload are the processor's.</para>
/// </remarks>
internal static unsafe class LinearProducts
{
    private static readonly VectorWidth Widest =
        Lanes512.IsSupported && Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Lanes256.IsSupported ? VectorWidth.Bits256
        : Lanes128.IsSupported ? VectorWidth.Bits128
        : VectorWidth.Scalar;

    /// <summary>The width of the vectors that this processor's products use.</summary>
    public static VectorWidth Width => Widest;

    /// <summary>Computes a layer's output <c>y = x·Wᵀ + b</c>, or <c>relu(y)</c>.</summary>
    /// <param name="x">The input <c>[batch, in]</c>.</param>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="bias">b; empty for none.</param>
    /// <param name="y">The output <c>[batch, out]</c>.</param>
    /// <param name="rectifies">Whether a ReLU follows.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void Forward(Matrix x, Matrix weight, Span<float> bias, Matrix y, bool rectifies, VectorWidth? width = null)
    {
        Require(x.Rows == y.Rows && weight.Rows == y.Columns && x.Columns == weight.Columns && (bias.IsEmpty || bias.Length == y.Columns));
        fixed (float* a = x.Values, b = weight.Values, c = y.Values, start = bias)
        {
            Run(
                new ProductArguments
                {
                    Rows = y.Rows,
                    Columns = y.Columns,
                    Depth = x.Columns,
                    A = a,
                    AStride = x.Stride,
                    B = b,
                    BStride = weight.Stride,
                    BIsTransposed = true,
                    C = c,
                    CStride = y.Stride,
                    Bias = start,
                    Rectifies = rectifies,
                },
                width);
        }
    }

    /// <summary>Adds a batch to the weight's gradient: <c>dW += gᵀ·x</c>.</summary>
    /// <param name="gradient">The output's gradient g, <c>[batch, out]</c>.</param>
    /// <param name="x">The input <c>[batch, in]</c>.</param>
    /// <param name="weightGradient">dW, <c>[out, in]</c>.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void AddWeightGradient(Matrix gradient, Matrix x, Matrix weightGradient, VectorWidth? width = null)
    {
        Require(gradient.Rows == x.Rows && gradient.Columns == weightGradient.Rows && x.Columns == weightGradient.Columns);
        fixed (float* a = gradient.Values, b = x.Values, c = weightGradient.Values)
        {
            Run(
                new ProductArguments
                {
                    Rows = weightGradient.Rows,
                    Columns = weightGradient.Columns,
                    Depth = x.Rows,
                    A = a,
                    AStride = gradient.Stride,
                    AIsTransposed = true,
                    B = b,
                    BStride = x.Stride,
                    C = c,
                    CStride = weightGradient.Stride,
                    Accumulates = true,
                },
                width);
        }
    }

    /// <summary>Computes the input's gradient <c>dx = g·W</c>.</summary>
    /// <param name="gradient">The output's gradient g, <c>[batch, out]</c>.</param>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="inputGradient">dx, <c>[batch, in]</c>.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void InputGradient(Matrix gradient, Matrix weight, Matrix inputGradient, VectorWidth? width = null)
    {
        Require(gradient.Rows == inputGradient.Rows && gradient.Columns == weight.Rows && weight.Columns == inputGradient.Columns);
        fixed (float* a = gradient.Values, b = weight.Values, c = inputGradient.Values)
        {
            Run(
                new ProductArguments
                {
                    Rows = inputGradient.Rows,
                    Columns = inputGradient.Columns,
                    Depth = gradient.Columns,
                    A = a,
                    AStride = gradient.Stride,
                    B = b,
                    BStride = weight.Stride,
                    C = c,
                    CStride = inputGradient.Stride,
                },
                width);
        }
    }

    private static void Require(bool fits)
    {
        if (!fits)
        {
            throw new ArgumentException("The shapes of the product do not fit.");
        }
    }

    /// <summary>Computes a product.</summary>
    /// <param name="product">The product; its matrices must have been checked.</param>
    /// <param name="width">The vectors to use; null for the widest.</param>
    public static void Run(in ProductArguments product, VectorWidth? width)
    {
        switch (width ?? Widest)
        {
            case VectorWidth.Bits512:
                BlockedProduct<Lanes512, Vector512<float>>.Run(product);
                break;
            case VectorWidth.Bits256:
                BlockedProduct<Lanes256, Vector256<float>>.Run(product);
                break;
            case VectorWidth.Bits128:
                BlockedProduct<Lanes128, Vector128<float>>.Run(product);
                break;
            default:
                ScalarProduct.Run(product);
                break;
        }
    }
}
