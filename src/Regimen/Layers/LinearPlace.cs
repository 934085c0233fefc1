using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Where a linear layer's values lie, and where its gradients are added; 0 for what is not there or not wanted.</summary>
internal sealed record LinearPlace
{
    private LinearPlace()
    {
    }

    /// <summary>The buffers that it was looked up in; null for the parameters' own memory.</summary>
    public FlatParameters? Buffers { get; private init; }

    /// <summary>W.</summary>
    public nint Weight { get; private init; }

    /// <summary>b.</summary>
    public nint Bias { get; private init; }

    /// <summary>Where W's gradient is added.</summary>
    public nint WeightGradient { get; private init; }

    /// <summary>Where b's gradient is added.</summary>
    public nint BiasGradient { get; private init; }

    /// <summary>In a trainer's buffers: the gradients of what is trained now are added there.</summary>
    public static LinearPlace In(FlatParameters parameters, Linear layer)
    {
        if (layer.FlatPlace?.Buffers != parameters)
        {
            layer.FlatPlace = new LinearPlace
            {
                Buffers = parameters,
                Weight = Address(layer.Weight),
                Bias = Address(layer.Bias),
                WeightGradient = parameters.GradientOf(layer.Weight),
                BiasGradient = layer.Bias is { } bias ? parameters.GradientOf(bias) : 0,
            };
        }

        return layer.Weight.requires_grad && layer.Bias is null or { requires_grad: true } ? layer.FlatPlace : layer.FlatPlace with
        {
            WeightGradient = layer.Weight.requires_grad ? layer.FlatPlace.WeightGradient : 0,
            BiasGradient = layer.Bias is { requires_grad: true } ? layer.FlatPlace.BiasGradient : 0,
        };
    }

    /// <summary>The layers' parameters: each one's weight and, where it has one, bias.</summary>
    public static IEnumerable<Tensor> Parameters(Linear[] layers)
        => layers.SelectMany(l => l.Bias is null ? [l.Weight] : new Tensor[] { l.Weight, l.Bias });

    /// <summary>The parameters' own memory.</summary>
    /// <param name="layer">Whose.</param>
    /// <param name="weightGradient">Where W's gradient is added; null for nowhere.</param>
    /// <param name="biasGradient">Where b's is.</param>
    public static LinearPlace Of(Linear layer, Tensor? weightGradient = null, Tensor? biasGradient = null) => new()
    {
        Weight = Address(layer.Weight),
        Bias = Address(layer.Bias),
        WeightGradient = Address(weightGradient),
        BiasGradient = Address(biasGradient),
    };

    private static unsafe nint Address(Tensor? tensor) => tensor is null ? 0 : (nint)TensorMemory.Pointer<float>(tensor);
}
