using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The addresses that a linear layer's kernels read and write; 0 for absent or unneeded values.</summary>
/// <param name="Weight">The address of W.</param>
/// <param name="Bias">The address of b.</param>
/// <param name="WeightGradient">The address that W's gradient is added to.</param>
/// <param name="BiasGradient">The address that b's gradient is added to.</param>
internal readonly record struct LinearPointers(nint Weight, nint Bias, nint WeightGradient = 0, nint BiasGradient = 0)
{
    /// <summary>Returns the addresses of a layer's parameters, without gradients; valid while the parameters live and are not replaced.</summary>
    public static LinearPointers Of(Linear layer) => new(Address(layer.Weight), Address(layer.Bias));

    /// <summary>Returns the layers' parameters: the weight of each and, if it has one, the bias.</summary>
    public static IEnumerable<Tensor> Parameters(Linear[] layers)
        => layers.SelectMany(l => l.Bias is null ? [l.Weight] : new Tensor[] { l.Weight, l.Bias });

    /// <summary>Returns the address of a contiguous float32 tensor; 0 for null.</summary>
    public static unsafe nint Address(Tensor? tensor) => tensor is null ? 0 : (nint)TensorMemory.Pointer<float>(tensor);
}

/// <summary>The addresses of a layer's gradients in a trainer's buffers, looked up once for each pair of buffers and parameters.</summary>
/// <param name="Buffers">The buffers.</param>
/// <param name="WeightHandle">Identifies W: moving a layer to another type or device replaces its parameters.</param>
/// <param name="BiasHandle">Identifies b.</param>
/// <param name="Weight">The address of W's gradient; 0 if it is not in the buffers.</param>
/// <param name="Bias">The address of b's gradient; 0 if it is not in the buffers.</param>
internal sealed record FlatGradients(FlatParameters Buffers, nint WeightHandle, nint BiasHandle, nint Weight, nint Bias)
{
    /// <summary>Returns a layer's addresses, from its cache if that is still valid.</summary>
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
