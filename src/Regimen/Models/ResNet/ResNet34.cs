using Regimen.Data;

namespace Regimen.Models;

/// <summary>The residual network of 34 layers (He and others, 2015): blocks of two 3×3 convolutions, 3, 4, 6, 3 of them in the four stages. Names and shapes are
/// those of torchvision's <c>resnet34</c>.</summary>
[Model("resnet34")]
public sealed class ResNet34 : ResNet
{
    /// <summary>Creates the model; initial values are drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    /// <exception cref="RequestException">The samples are not images.</exception>
    public ResNet34(ResNetOptions options, SampleShape input, int outputs)
        : base(nameof(ResNet34), options, input, outputs, [3, 4, 6, 3], expansion: 1)
    {
    }
}
