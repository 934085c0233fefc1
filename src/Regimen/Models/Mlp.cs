using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>A perceptron with one hidden layer: flatten, <c>fc1</c>, ReLU, <c>fc2</c>. Returns logits <c>[batch, outputs]</c>.</summary>
[Model("mlp")]
public sealed class Mlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    /// <summary>Creates the model with PyTorch's initialisation, drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape, of any rank.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    public Mlp(MlpOptions options, SampleShape input, int outputs)
        : base(nameof(Mlp))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        fc1 = new Linear(input.Elements, options.Hidden);
        fc2 = new Linear(options.Hidden, outputs);
        RegisterComponents();
    }

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 samples <c>[batch, …shape]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor rows = input.dim() == 2 ? input : input.reshape(input.size(0), fc1.InFeatures);
        return LinearChain.Run(rows, fc1, fc2);
    }
}

/// <summary>The options of <see cref="Mlp"/>.</summary>
public sealed record MlpOptions
{
    /// <summary>The number of units of the hidden layer.</summary>
    [Range(1, 65_536)]
    public int Hidden { get; init; } = 128;
}
