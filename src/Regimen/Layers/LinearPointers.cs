using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The addresses that a linear layer's kernels read and write; 0 for what is absent or not wanted.</summary>
/// <param name="Weight">W.</param>
/// <param name="Bias">b.</param>
/// <param name="WeightGradient">W's gradient is added here.</param>
/// <param name="BiasGradient">b's gradient is added here.</param>
internal readonly record struct LinearPointers(nint Weight, nint Bias, nint WeightGradient = 0, nint BiasGradient = 0)
{
    /// <summary>The parameters' own memory, without gradients. Valid while the parameters live and are not replaced.</summary>
    public static LinearPointers Of(Linear layer) => new(Address(layer.Weight), Address(layer.Bias));

    /// <summary>The layers' parameters: each one's weight and, where it has one, bias.</summary>
    public static IEnumerable<Tensor> Parameters(Linear[] layers)
        => layers.SelectMany(l => l.Bias is null ? [l.Weight] : new Tensor[] { l.Weight, l.Bias });

    /// <summary>The address of a contiguous float32 tensor; 0 for none.</summary>
    public static unsafe nint Address(Tensor? tensor) => tensor is null ? 0 : (nint)TensorMemory.Pointer<float>(tensor);
}

/// <summary>Where a trainer's buffers have a layer's gradients, looked up once for each pair of buffers and parameters.</summary>
/// <param name="Buffers">The buffers.</param>
/// <param name="WeightHandle">Identifies W: moving a layer to another type or device replaces its parameters.</param>
/// <param name="BiasHandle">Identifies b.</param>
/// <param name="Weight">The address of W's gradient; 0 where the buffers do not have it.</param>
/// <param name="Bias">The address of b's gradient; 0 likewise.</param>
internal sealed record FlatGradients(FlatParameters Buffers, nint WeightHandle, nint BiasHandle, nint Weight, nint Bias)
{
    /// <summary>Of a layer, from its cache where that is still right.</summary>
    public static FlatGradients Of(Linear layer, FlatParameters buffers)
    {
        nint weight = layer.Weight.Handle;
        nint bias = layer.Bias?.Handle ?? 0;
        if (layer.FlatGradients is { } known && known.Buffers == buffers && known.WeightHandle == weight && known.BiasHandle == bias)
        {
            return known;
        }

        return layer.FlatGradients = new(buffers, weight, bias, buffers.GradientOf(layer.Weight), layer.Bias is { } b ? buffers.GradientOf(b) : 0);
    }
}
