using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Batch normalisation of images <c>[batch, channels, height, width]</c> (Ioffe and Szegedy, 2015). It has the parameter and buffer names and
/// the results of <c>torch.nn.BatchNorm2d</c>; with <see cref="Bits.Portable"/> Regimen computes it, up to rounding with the same results.</summary>
public sealed class BatchNorm2d : BatchNorm, IPortable
{
    /// <summary>Creates a layer with a weight of 1 and a bias of 0.</summary>
    /// <param name="channels">The number of channels, at least 1.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="momentum">The share of a batch in the running averages.</param>
    public BatchNorm2d(long channels, double eps = 1e-5, double momentum = 0.1)
        : base(channels, eps, momentum, affine: true, track_running_stats: true, null, null, nameof(BatchNorm2d))
    {
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns a tensor of the input's shape.</summary>
    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        return BatchNormOperation.CanRun(this, input) ? FusedFunction.Run(BatchNormOperation.Of(this), input, weight, bias!) : base.forward(input);
    }

    /// <summary>Returns <c>relu(call(input))</c>, as one operation if nothing has to see the layer's output.</summary>
    /// <param name="hooks">The layer's hooks.</param>
    /// <param name="input">The images.</param>
    internal Tensor CallAndRectify(ModuleHooks hooks, Tensor input)
        => !hooks.Any && input.dim() == 4 && BatchNormOperation.CanRun(this, input)
            ? FusedFunction.Run(BatchNormOperation.Of(this, rectifies: true), input, weight, bias!)
            : Relu.After(hooks, call(input));

    /// <inheritdoc/>
    protected override void ValidateInputDimensions(Tensor input)
    {
        if (input.dim() != 4)
        {
            throw new ArgumentException($"Expected [batch, channels, height, width], received [{string.Join(", ", input.shape)}].", nameof(input));
        }
    }
}
