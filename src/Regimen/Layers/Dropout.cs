using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Dropout (Srivastava et al., 2014): in training each value is set to 0 with probability p, and the others are divided by 1 − p; in
/// evaluation the input is returned. Like <c>torch.nn.Dropout</c>, whose masks take ten times as long to draw on the CPU.</summary>
/// <remarks>A mask is a function of one number drawn from libtorch's default generator and of each value's index, so it follows from the
/// run's seed and does not depend on the number of threads.</remarks>
public sealed class Dropout : nn.Module<Tensor, Tensor>, IPortable
{
    private readonly double _probability;

    /// <summary>Creates a dropout layer.</summary>
    /// <param name="probability">The probability that a value is set to 0, from 0 to below 1.</param>
    public Dropout(double probability)
        : base(nameof(Dropout))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        _probability = probability;
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns a tensor of the input's shape.</summary>
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

        ulong key = DropoutMask.NewKey();
        if (Arithmetic.IsPortable)
        {
            return FusedFunction.Run(new DropoutOperation(key, _probability), input);
        }

        using Tensor mask = empty(input.shape);
        DropoutMask.Fill(TensorMemory.Span<float>(mask), key, _probability);
        return input.mul(mask);
    }
}
