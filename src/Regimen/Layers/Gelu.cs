using static TorchSharp.torch;
namespace Regimen.Layers;
/// <summary>GELU.</summary>
public sealed class Gelu() : nn.Module<Tensor, Tensor>(nameof(Gelu))
{
    /// <summary>x</summary>
    public override Tensor forward(Tensor input) => nn.functional.gelu(input);
}
