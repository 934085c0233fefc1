using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Counts the multiply-adds of a layer for an input and its output.</summary>
internal static class MultiplyAdds
{
    public static long Of(nn.Module layer, Tensor input, Tensor output) => layer switch
    {
        TorchSharp.Modules.Linear linear => output.numel() * linear.in_features,
        Layers.Linear linear => output.numel() * linear.InFeatures,

        // A transposed convolution's weight is [in, out/groups, …kernel]: each input value is multiplied by a whole row.
        Convolution { transposed: true, weight: { } weight } => input.numel() * (weight.numel() / weight.size(0)),

        // A convolution's weight is [out, in/groups, …kernel]: each output value is the sum over a whole row.
        Convolution { weight: { } weight } => output.numel() * (weight.numel() / weight.size(0)),
        NormBase or LayerNorm or GroupNorm or Layers.LayerNorm => output.numel(),

        // Two products of [length, width/heads] and [length, length] for each head; half of the scores are not needed.
        Layers.CausalAttention => output.numel() * output.size(1),
        _ => 0,
    };

    /// <summary>Returns the multiply-adds of a recurrent layer: one per weight and step.</summary>
    /// <param name="layer">The layer, whose input has the batch first.</param>
    /// <param name="output">Its output, <c>[batch, length, width]</c>.</param>
    public static long Of(GRU layer, Tensor output) => output.size(0) * output.size(1) * layer.parameters().Where(p => p.dim() == 2).Sum(p => p.numel());
}
