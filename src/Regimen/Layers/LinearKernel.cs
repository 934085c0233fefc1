using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;

namespace Regimen.Layers;

/// <summary>The computation of one linear layer on one batch, split into parts of some output units each.</summary>
internal readonly unsafe struct LinearKernel
{
    // The minimum of multiply-adds of a part, about 5 µs; for less a further thread does not pay.
    private const long SmallestPart = 250_000;

    // Parts start at multiples of the widest vector, which BLAS prefers.
    public const int Granule = 16;
    private readonly LinearPointers _place;
    private readonly int _batch;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <summary>Creates the computation for a batch.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="place">The addresses of its values.</param>
    /// <param name="batch">The number of rows.</param>
    /// <param name="parts">The number of parts; null to choose it by the amount of work.</param>
    public LinearKernel(Linear layer, LinearPointers place, int batch, int? parts = null)
    {
        (_place, _batch, _inputs, _outputs) = (place, batch, (int)layer.InFeatures, (int)layer.OutFeatures);
        Parts = parts ?? PartsOf((long)batch * _inputs * _outputs, _outputs);
    }

    /// <summary>Returns the number of parts that an amount of work is split into.</summary>
    /// <param name="multiplyAdds">The number of multiply-adds.</param>
    /// <param name="length">The length of the dimension that is split; a part has at least <see cref="Granule"/> of it.</param>
    public static int PartsOf(long multiplyAdds, long length) => (int)Math.Clamp(Math.Min(multiplyAdds / SmallestPart, length / Granule), 1, Threads.Parts);

    /// <summary>The number of parts.</summary>
    public int Parts { get; }

    /// <summary>Writes a part's columns of the layer's output.</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="x">The layer's input.</param>
    /// <param name="y">The layer's output.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    public void Forward(int part, float* x, float* y, bool rectify)
    {
        (int start, int end) = Units(part);
        float* bias = (float*)_place.Bias;
        if (bias is not null)
        {
            for (int row = 0; row < _batch; row++)
            {
                new ReadOnlySpan<float>(bias + start, end - start).CopyTo(new Span<float>(y + ((long)row * _outputs) + start, end - start));
            }
        }

        Sgemm.Multiply(
            new(x, _inputs), new(Weight(start), _inputs, isTransposed: true), new(y + start, _outputs),
            _batch, end - start, _inputs, bias is null ? 0 : 1);
        if (rectify)
        {
            for (int row = 0; row < _batch; row++)
            {
                Rectify(y + ((long)row * _outputs) + start, end - start);
            }
        }
    }

    /// <summary>Adds a part's rows to the gradients of weight and bias, and writes its term of the input's gradient, each if needed.</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="above">The output's gradient.</param>
    /// <param name="own">A buffer <c>[batch, units]</c> for its sum; null if it has one term and no ReLU follows.</param>
    /// <param name="rectified">The output after the ReLU.</param>
    /// <param name="x">The layer's input.</param>
    /// <param name="below">The buffer for its term of the input's gradient.</param>
    public void Backward(int part, PartialSums above, float* own, float* rectified, float* x, PartialSums below)
    {
        (int start, int end) = Units(part);
        float* gradient = own;
        if (own is null)
        {
            gradient = above.Of(0, 0);
        }
        else
        {
            above.SumColumns(own, rectified, _batch, _outputs, start, end);
        }

        if (_place.WeightGradient != 0)
        {
            Sgemm.Multiply(
                new(gradient + start, _outputs, isTransposed: true), new(x, _inputs), new((float*)_place.WeightGradient + ((long)start * _inputs), _inputs),
                end - start, _inputs, _batch, 1);
        }

        if (_place.BiasGradient != 0)
        {
            for (int row = 0; row < _batch; row++)
            {
                Add(gradient + ((long)row * _outputs) + start, (float*)_place.BiasGradient + start, end - start);
            }
        }

        if (below.AreNeeded)
        {
            Sgemm.Multiply(
                new(gradient + start, _outputs), new(Weight(start), _inputs), new(below.Of(part, (long)_batch * _inputs), _inputs),
                _batch, _inputs, end - start, 0);
        }
    }

    private float* Weight(int unit) => (float*)_place.Weight + ((long)unit * _inputs);

    private (int Start, int End) Units(int part)
    {
        (long start, long end) = WorkRange.Of(_outputs, part, Parts, Granule);
        return ((int)start, (int)end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rectify(float* values, int length)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            // NaN stays NaN, as with libtorch.
            Vector256<float> value = Vector256.Load(values + i);
            Vector256.Max(value, Vector256<float>.Zero).Store(values + i);
        }

        for (; i < length; i++)
        {
            values[i] = MathF.Max(values[i], 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(float* from, float* to, int length)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= length; i += Vector256<float>.Count)
        {
            (Vector256.Load(to + i) + Vector256.Load(from + i)).Store(to + i);
        }

        for (; i < length; i++)
        {
            to[i] += from[i];
        }
    }
}
