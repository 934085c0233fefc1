using Regimen.Engine;
using Regimen.Kernels;

namespace Regimen.Layers;

/// <summary>The computation of one linear layer on one batch with Regimen's own products (<see cref="LinearProducts"/>), split into parts of some
/// outputs each. No result depends on the number of parts.</summary>
internal readonly unsafe struct PortableKernel
{
    private readonly LinearPointers _place;
    private readonly int _batch;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <summary>Creates the computation for a batch.</summary>
    public PortableKernel(Linear layer, LinearPointers place, int batch, int? parts = null)
        : this(place, batch, (int)layer.InFeatures, (int)layer.OutFeatures, parts)
    {
    }

    /// <summary>Creates the computation for a batch.</summary>
    public PortableKernel(LinearPointers place, int batch, int inputs, int outputs, int? parts = null)
    {
        (_place, _batch, _inputs, _outputs) = (place, batch, inputs, outputs);
        Parts = parts ?? LinearKernel.PartsOf((long)batch * _inputs * _outputs, Math.Max(_inputs, _outputs));
    }

    /// <summary>The number of parts.</summary>
    public int Parts { get; }

    /// <summary>Writes a part's columns of the layer's output.</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="x">The layer's input.</param>
    /// <param name="y">The layer's output.</param>
    /// <param name="rectifies">Whether a ReLU follows.</param>
    public void Forward(int part, float* x, float* y, bool rectifies)
    {
        (int start, int count) = Range(_outputs, part);
        if (count > 0)
        {
            LinearProducts.Forward(
                Matrix.At(x, _batch, _inputs, _inputs),
                Matrix.At(Weight(start), count, _inputs, _inputs),
                _place.Bias == 0 ? default : new Span<float>((float*)_place.Bias + start, count),
                Matrix.At(y + start, _batch, count, _outputs),
                rectifies);
        }
    }

    /// <summary>Adds a part's rows to the gradients of weight and bias, and writes a part's columns of the input's gradient, each if needed.</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="gradient">The output's gradient, complete.</param>
    /// <param name="x">The layer's input.</param>
    /// <param name="below">The input's gradient; null if it is not needed.</param>
    /// <param name="isRectified">Whether the input is the output of a ReLU.</param>
    public void Backward(int part, float* gradient, float* x, float* below, bool isRectified)
    {
        (int start, int count) = Range(_outputs, part);
        if (_place.WeightGradient != 0 && count > 0)
        {
            LinearProducts.AddWeightGradient(
                Matrix.At(gradient + start, _batch, count, _outputs),
                Matrix.At(x, _batch, _inputs, _inputs),
                Matrix.At((float*)_place.WeightGradient + ((long)start * _inputs), count, _inputs, _inputs));
        }

        for (int row = 0; _place.BiasGradient != 0 && row < _batch; row++)
        {
            LinearKernel.Add(gradient + ((long)row * _outputs) + start, (float*)_place.BiasGradient + start, count);
        }

        (start, count) = Range(_inputs, part);
        if (below is null || count == 0)
        {
            return;
        }

        LinearProducts.InputGradient(
            Matrix.At(gradient, _batch, _outputs, _outputs),
            Matrix.At((float*)_place.Weight + start, _outputs, count, _inputs),
            Matrix.At(below + start, _batch, count, _inputs));
        for (int row = 0; isRectified && row < _batch; row++)
        {
            long at = ((long)row * _inputs) + start;
            PartialSums.Mask(x + at, below + at, count);
        }
    }

    private float* Weight(int unit) => (float*)_place.Weight + ((long)unit * _inputs);

    private (int Start, int Count) Range(int length, int part)
    {
        (long start, long end) = WorkRange.Of(length, part, Parts, LinearKernel.Granule);
        return ((int)start, (int)(end - start));
    }
}
