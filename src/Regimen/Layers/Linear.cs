using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>A linear layer: <c>x·Wᵀ + b</c>. It has the parameter names, the initialisation and, up to rounding, the results of
/// <c>torch.nn.Linear</c>, and a faster training step: see <see cref="LinearChain"/>.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>, IPortable
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Linear[] _alone;

    /// <summary>Creates a layer. Its parameters are initialised as in PyTorch, from libtorch's default generator.</summary>
    /// <param name="inFeatures">The number of input features, at least 1.</param>
    /// <param name="outFeatures">The number of output features, at least 1.</param>
    /// <param name="hasBias">Whether the layer has a bias.</param>
    public Linear(long inFeatures, long outFeatures, bool hasBias = true)
        : base(nameof(Linear))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        (InFeatures, OutFeatures) = (inFeatures, outFeatures);
        weight = new Parameter(empty(outFeatures, inFeatures));
        double bound = 1 / Math.Sqrt(inFeatures);
        if (Arithmetic.IsPortable)
        {
            InitialUniform.Fill(weight, bound);
        }
        else
        {
            nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        }

        if (hasBias)
        {
            bias = new Parameter(empty(outFeatures));
            if (Arithmetic.IsPortable)
            {
                InitialUniform.Fill(bias, bound);
            }
            else
            {
                nn.init.uniform_(bias, -bound, bound);
            }
        }

        RegisterComponents();
        Hooks = new ModuleHooks(this);
        _alone = [this];
    }

    /// <summary>The number of input features.</summary>
    public long InFeatures { get; }

    /// <summary>The number of output features.</summary>
    public long OutFeatures { get; }

    /// <summary>The weight W, <c>[out, in]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary>The bias b, <c>[out]</c>; null without a bias.</summary>
    public Parameter? Bias => bias;

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>The hooks registered on the layer.</summary>
    internal ModuleHooks Hooks { get; }

    /// <summary>The cached addresses of its gradients in a trainer's flat buffers.</summary>
    internal FlatGradients? FlatGradients { get; set; }

    /// <summary>Computes <c>[…, out]</c> from <c>[…, in]</c>.</summary>
    public override Tensor forward(Tensor input)
        => LinearChain.CanRun(input, _alone) ? LinearChain.Fused(input, _alone) : nn.functional.linear(input, weight, bias);
}
