using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>A multilayer perceptron: flatten, then linear layers <c>fc1</c>, <c>fc2</c> … with an activation function between each two.
/// Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323, 1986.</remarks>
[Model("mlp")]
public sealed class Mlp : nn.Module<Tensor, Tensor>, IDescribed, IPortable, IChainModel
{
    private readonly PerceptronStack _layers;
    private readonly long _width;

    /// <summary>Creates the model with PyTorch's initialisation, drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape, of any rank.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    public Mlp(MlpOptions options, SampleShape input, int outputs)
        : base(nameof(Mlp))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        _width = input.Elements;
        _layers = new PerceptronStack(this, [_width, .. options.Hidden, outputs], options.Activation, options.Norm, options.Dropout);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 samples <c>[batch, …shape]</c>.</summary>
    public override Tensor forward(Tensor input) => _layers.Run(input.dim() == 2 ? input : input.reshape(input.size(0), _width));

    /// <inheritdoc/>
    Linear[]? IChainModel.ChainOn(Tensor input) => _layers.Chain;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs) => _layers.Describe(graph, graph.Flatten(inputs[0]));
}

/// <summary>The options of <see cref="Mlp"/>.</summary>
public sealed record MlpOptions
{
    /// <summary>The number of units of each hidden layer, in order; empty for a linear model.</summary>
    [Range(1, 65_536)]
    [MaxLength(100)]
    [AcceptsSingle]
    public IReadOnlyList<int> Hidden { get; init; } = [128];

    /// <summary>The activation function after each hidden layer.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>The dropout probability after each hidden layer.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    /// <summary>The normalisation between each hidden layer and its activation function.</summary>
    public Norm Norm { get; init; } = Norm.None;

    /// <inheritdoc/>
    public bool Equals(MlpOptions? other)
        => other is not null && Hidden.SequenceEqual(other.Hidden) && (Activation, Dropout, Norm) == (other.Activation, other.Dropout, other.Norm);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hidden.Count, Activation, Dropout, Norm);
}
