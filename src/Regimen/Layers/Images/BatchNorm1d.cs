using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Batch normalisation of features <c>[batch, features]</c> (Ioffe and Szegedy, 2015). It has the parameter and buffer names and the results of
/// <c>torch.nn.BatchNorm1d</c>; with <see cref="Bits.Portable"/> Regimen computes it, up to rounding with the same results.</summary>
public sealed class BatchNorm1d : BatchNorm, IPortable
{
    /// <summary>Creates a layer with a weight of 1 and a bias of 0.</summary>
    /// <param name="features">The number of features, at least 1.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="momentum">The share of a batch in the running averages.</param>
    public BatchNorm1d(long features, double eps = 1e-5, double momentum = 0.1)
        : base(features, eps, momentum, affine: true, track_running_stats: true, null, null, nameof(BatchNorm1d))
    {
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns a tensor of the input's shape.</summary>
    /// <param name="input">Features <c>[batch, features]</c> or <c>[batch, features, length]</c>.</param>
    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        if (!Arithmetic.IsPortable)
        {
            return base.forward(input);
        }

        using Tensor images = input.view(input.size(0), input.size(1), -1, 1);
        if (!BatchNormOperation.CanRun(this, images))
        {
            return base.forward(input);
        }

        using Tensor output = FusedFunction.Run(BatchNormOperation.Of(this), images, weight, bias!);
        return output.reshape(input.shape);
    }

    /// <inheritdoc/>
    protected override void ValidateInputDimensions(Tensor input)
    {
        if (input.dim() is not (2 or 3))
        {
            throw new ArgumentException($"Expected [batch, features] or [batch, features, length], received [{string.Join(", ", input.shape)}].", nameof(input));
        }
    }
}
