using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A multilayer perceptron: linear layers with a ReLU between each two, run as one <see cref="LinearChain"/>. Its layers are
/// named <c>0</c>, <c>1</c> ….</summary>
public sealed class Perceptron : nn.Module<Tensor, Tensor>, IPortable, IChainModel
{
    private readonly Linear[] _layers;

    /// <summary>Creates a perceptron.</summary>
    /// <param name="widths">The number of features of the input, the hidden layers and the output, in this order: at least two.</param>
    public Perceptron(params IReadOnlyList<long> widths)
        : base(nameof(Perceptron))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(widths.Count, 2);
        _layers = [.. widths.Skip(1).Select((width, i) => new Linear(widths[i], width))];
        for (int i = 0; i < _layers.Length; i++)
        {
            register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), _layers[i]);
        }
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Computes <c>[…, out]</c> from <c>[…, in]</c>.</summary>
    public override Tensor forward(Tensor input) => LinearChain.Run(input, _layers);

    /// <inheritdoc/>
    Linear[]? IChainModel.ChainOn(Tensor input) => input.dim() == 2 ? _layers : null;
}
