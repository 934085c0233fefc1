using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Where a linear layer's values lie, and where its gradients are added; 0 for what is not there or not wanted.</summary>
internal sealed class LinearPlace
{
    private LinearPlace()
    {
    }

    /// <summary>The buffers that it was looked up in; null for the parameters' own memory.</summary>
    public FlatParameters? Parameters { get; private init; }

    /// <summary>W.</summary>
    public nint Weight { get; private init; }

    /// <summary>b.</summary>
    public nint Bias { get; private init; }

    /// <summary>Where W's gradient is added.</summary>
    public nint WeightGradient { get; private init; }

    /// <summary>Where b's gradient is added.</summary>
    public nint BiasGradient { get; private init; }

    /// <summary>In a trainer's buffers: gradients are added there.</summary>
    public static LinearPlace In(FlatParameters parameters, Linear layer)
        => layer.FlatPlace?.Parameters == parameters ? layer.FlatPlace : layer.FlatPlace = new LinearPlace
        {
            Parameters = parameters,
            Weight = Address(layer.Weight),
            Bias = Address(layer.Bias),
            WeightGradient = parameters.GradientOf(layer.Weight),
            BiasGradient = layer.Bias is { } bias ? parameters.GradientOf(bias) : 0,
        };

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
