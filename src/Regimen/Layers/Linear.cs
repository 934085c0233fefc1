using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A linear layer: <c>x·Wᵀ + b</c>. As <c>torch.nn.Linear</c>, with its names, its first values and, to rounding, its results, and a
/// faster training step: see <see cref="LinearChain"/>.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Linear[] _alone;

    /// <summary>A new layer; its values start as PyTorch's do, drawn from libtorch's default generator.</summary>
    /// <param name="inFeatures">Values a sample that go in, at least 1.</param>
    /// <param name="outFeatures">Values a sample that come out, at least 1.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    public Linear(long inFeatures, long outFeatures, bool hasBias = true)
        : base(nameof(Linear))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        (InFeatures, OutFeatures) = (inFeatures, outFeatures);
        weight = new Parameter(empty(outFeatures, inFeatures));
        nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        if (hasBias)
        {
            double bound = 1 / Math.Sqrt(inFeatures);
            bias = new Parameter(empty(outFeatures));
            nn.init.uniform_(bias, -bound, bound);
        }

        RegisterComponents();
        Hooks = new ModuleHooks(this);
        _alone = [this];
    }

    /// <summary>Values a sample that go in.</summary>
    public long InFeatures { get; }

    /// <summary>Values a sample that come out.</summary>
    public long OutFeatures { get; }

    /// <summary>W, <c>[out, in]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary>b, <c>[out]</c>; null without a bias.</summary>
    public Parameter? Bias => bias;

    /// <summary>Who listens to it.</summary>
    internal ModuleHooks Hooks { get; }

    /// <summary>The gradients' places in a trainer's flat buffers, found once.</summary>
    internal FlatGradients? FlatGradients { get; set; }

    /// <summary><c>[…, out]</c> of <c>[…, in]</c>.</summary>
    public override Tensor forward(Tensor input)
        => LinearChain.CanRun(input, _alone) ? LinearChain.Fused(input, _alone) : nn.functional.linear(input, weight, bias);
}
