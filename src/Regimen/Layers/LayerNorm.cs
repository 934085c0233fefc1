using TorchSharp.Modules;
using static TorchSharp.torch;
namespace Regimen.Layers;
/// <summary>LN.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    /// <summary>x</summary>
    public LayerNorm(int width) : base(nameof(LayerNorm))
    {
        weight = new Parameter(ones(width));
        bias = new Parameter(zeros(width));
        RegisterComponents();
    }
    internal Parameter Weight => weight;
    internal Parameter Bias => bias;
    internal double Eps => 1e-5;
    /// <summary>x</summary>
    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, [weight.numel()], weight, bias);
}
