using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>The ReLU after a layer.</summary>
internal static class Relu
{
    /// <summary>Overwrites the layer's output, which no backward pass needs again, unless a hook may have kept it.</summary>
    /// <param name="hooks">The layer's hooks.</param>
    /// <param name="output">What its <c>call</c> gave.</param>
    public static Tensor After(ModuleHooks hooks, Tensor output) => hooks.Any ? output.relu() : output.relu_();
}
