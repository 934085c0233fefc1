using static TorchSharp.torch;
namespace Regimen.Layers;
/// <summary>Attention.</summary>
public sealed class CausalAttention(int heads, double dropout) : nn.Module<Tensor, Tensor>(nameof(CausalAttention))
{
    internal int Heads => heads;
    /// <summary>x</summary>
    public override Tensor forward(Tensor input)
    {
        long b = input.size(0), t = input.size(1), c = input.size(2) / 3;
        Tensor[] parts = input.view(b, t, 3, heads, c / heads).permute(2, 0, 3, 1, 4).unbind(0);
        return nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], p: training ? dropout : 0, is_casual: true).transpose(1, 2).reshape(b, t, c);
    }
}
