using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Applies the ReLU after a layer.</summary>
internal static class Relu
{
    /// <summary>Overwrites the layer's output, which no backward pass needs, unless a hook may have kept it.</summary>
    /// <param name="hooks">The layer's hooks.</param>
    /// <param name="output">The output of its <c>call</c>.</param>
    public static Tensor After(ModuleHooks hooks, Tensor output) => hooks.Any ? output.relu() : output.relu_();
}
