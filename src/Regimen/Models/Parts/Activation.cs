using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>The activation function between layers.</summary>
public enum Activation
{
    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>x·Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016).</summary>
    Gelu,

    /// <summary>x·sigmoid(x) (Elfwing and others, "Sigmoid-weighted linear units", 2017).</summary>
    Silu,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>Applies activation functions; with <see cref="Bits.Portable"/> each is Regimen's own.</summary>
internal static class Activations
{
    /// <summary>Applies the function to the output of a layer's <c>call</c>. ReLU overwrites the output, unless a hook may have kept it. So it is
    /// for layers whose backward pass does not need their output: linear layers, convolutions and norms.</summary>
    /// <param name="activation">The function.</param>
    /// <param name="hooks">The hooks of the layer.</param>
    /// <param name="output">The layer's output.</param>
    public static Tensor After(this Activation activation, ModuleHooks hooks, Tensor output) => activation switch
    {
        Activation.Relu => Relu.After(hooks, output),
        Activation.Gelu when Arithmetic.IsPortable => ElementOperation<GeluFunction>.Run(output),
        Activation.Silu when Arithmetic.IsPortable => ElementOperation<SiluFunction>.Run(output),
        Activation.Tanh when Arithmetic.IsPortable => ElementOperation<TanhFunction>.Run(output),
        Activation.Gelu => output.gelu(),
        Activation.Silu => nn.functional.silu(output),
        Activation.Tanh => output.tanh(),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Expected a known activation function."),
    };

    /// <summary>Adds the function to a graph.</summary>
    public static GraphValue Describe(this Activation activation, ModelGraph graph, GraphValue value) => activation switch
    {
        Activation.Relu => graph.Relu(value),
        Activation.Gelu => graph.Gelu(value),
        Activation.Silu => graph.Silu(value),
        Activation.Tanh => graph.Tanh(value),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Expected a known activation function."),
    };
}
