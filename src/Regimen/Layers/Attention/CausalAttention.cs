using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Causal scaled dot-product attention of several heads, from queries, keys and values side by side, as a linear layer writes them. A position
/// attends to itself and to the positions before it (Vaswani et al., "Attention Is All You Need", 2017).</summary>
/// <remarks>Equal to libtorch's <c>scaled_dot_product_attention</c> up to rounding. Heads are read in place, rows of scores are kept for a block
/// at a time, and scores above the diagonal's block are not computed; the backward pass computes the scores anew (Dao et al.,
/// "FlashAttention", 2022).</remarks>
public sealed class CausalAttention : nn.Module<Tensor, Tensor>, IPortable
{
    private readonly int _heads;
    private readonly double _dropout;
    private readonly AttentionOperation _operation;

    /// <summary>Creates the layer; it has no parameters.</summary>
    /// <param name="heads">The number of heads, at least 1.</param>
    /// <param name="dropout">The dropout probability of the attention weights in training, from 0 to below 1. Above 0, libtorch computes the layer in training,
    /// unless bits are portable.</param>
    public CausalAttention(int heads, double dropout = 0)
        : base(nameof(CausalAttention))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(dropout);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(dropout, 1);
        (_heads, _dropout) = (heads, dropout);
        _operation = new AttentionOperation(heads);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>The number of heads.</summary>
    internal int Heads => _heads;

    /// <summary>Returns <c>[batch, length, width]</c>.</summary>
    /// <param name="input">Queries, keys and values: <c>[batch, length, 3·width]</c>, each head with consecutive columns.</param>
    public override Tensor forward(Tensor input)
    {
        if (input.dim() != 3 || input.size(2) % (3 * _heads) != 0)
        {
            throw new ArgumentException($"Expected [batch, length, 3·width] with a width that is a multiple of {_heads}; received [{string.Join(", ", input.shape)}].", nameof(input));
        }

        if (training && _dropout > 0 && Arithmetic.IsPortable && !Autocast.IsOn && input.device_type == DeviceType.CPU && input.dtype == ScalarType.Float32)
        {
            return FusedFunction.Run(new AttentionOperation(_heads, dropout: AttentionDropout.Draw(_dropout)), input);
        }

        return (training && _dropout > 0) || !(Sgemm.IsAvailable || Arithmetic.IsPortable)
            ? AttentionOperation.OfTorch(input, _heads, training ? _dropout : 0)
            : FusedFunction.Run(_operation, input);
    }
}
