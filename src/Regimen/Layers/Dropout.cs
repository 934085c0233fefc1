using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Dropout (Srivastava et al., 2014): in training each value is left out with probability p, and the others are divided by
/// 1 − p; in evaluation nothing happens. As <c>torch.nn.Dropout</c>, whose masks take libtorch ten times as long to draw on the CPU.</summary>
/// <remarks>A mask is a function of one number of libtorch's default generator and of each value's place, so it does not depend on
/// threads, and follows the run's seed.</remarks>
public sealed class Dropout : nn.Module<Tensor, Tensor>
{
    private readonly double _probability;

    /// <summary>A layer that leaves values out.</summary>
    /// <param name="probability">How likely each is left out, from 0 to below 1.</param>
    public Dropout(double probability)
        : base(nameof(Dropout))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        _probability = probability;
    }

    /// <summary>A tensor of the input's shape.</summary>
    public override Tensor forward(Tensor input)
    {
        if (!training || _probability == 0)
        {
            return input.alias();
        }

        if (input.device_type != DeviceType.CPU || input.dtype != ScalarType.Float32)
        {
            return nn.functional.dropout(input, _probability, training: true);
        }

        using Tensor drawn = randint(long.MaxValue, 1, ScalarType.Int64);
        using Tensor mask = empty(input.shape);
        DropoutMask.Fill(TensorMemory.Span<float>(mask), (ulong)drawn.item<long>(), _probability);
        return input.mul(mask);
    }
}
