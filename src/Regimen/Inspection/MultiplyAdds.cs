using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Counts the multiply-adds of a layer for an input and its output.</summary>
internal static class MultiplyAdds
{
    public static long Of(nn.Module layer, Tensor input, Tensor output) => layer switch
    {
        ICountsMultiplyAdds counting => counting.MultiplyAdds(input, output),
        TorchSharp.Modules.Linear linear => output.numel() * linear.in_features,
        Layers.Linear linear => output.numel() * linear.InFeatures,

        // A transposed convolution's weight is [in, out/groups, …kernel]: each input value is multiplied by a whole row.
        Convolution { transposed: true, weight: { } weight } => input.numel() * (weight.numel() / weight.size(0)),

        // A convolution's weight is [out, in/groups, …kernel]: each output value is the sum over a whole row.
        Convolution { weight: { } weight } => output.numel() * (weight.numel() / weight.size(0)),
        NormBase or TorchSharp.Modules.LayerNorm or Layers.LayerNorm or GroupNorm => output.numel(),

        // A recurrent layer multiplies each time step by every weight.
        GRU or RNN or LSTM when input.dim() > 0 => layer.parameters().Where(p => p.dim() == 2).Sum(p => p.numel()) * (input.numel() / Math.Max(1, input.size(-1))),
        _ => 0,
    };
}
