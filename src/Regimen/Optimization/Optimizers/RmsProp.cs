using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>RMSprop (Tieleman and Hinton, 2012; centered after Graves, 2013); PyTorch's <c>RMSprop</c> with its names.</summary>
[Optimizer("rmsprop")]
public sealed record RmsProp : OptimizerOptions
{
    /// <summary>PyTorch's defaults.</summary>
    public RmsProp() => Lr = 0.01;

    /// <summary>The decay rate of the running average of the squared gradient.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Alpha { get; init; } = 0.99;

    /// <summary>A constant added to the denominator for numerical stability.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-8;

    /// <summary>The momentum: the fraction of the previous step's direction that is kept; 0 for none.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <summary>Whether to divide the gradient by an estimate of its standard deviation instead of its root mean square.</summary>
    public bool Centered { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames
        => ["square_avg", .. Centered ? ["grad_avg"] : Array.Empty<string>(), .. Momentum > 0 ? ["momentum_buffer"] : Array.Empty<string>()];

    /// <inheritdoc/>
    /// <remarks><c>v = αv + (1−α)g²; p −= lr · g / (√v + ε)</c>; if centered, the squared average of the gradient is subtracted from <c>v</c>; with
    /// momentum, <c>b = μb + g / (√v + ε); p −= lr · b</c>.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        (Tensor gradients, Tensor squares) = (step.Gradients, step.State("square_avg"));
        if (step.WeightDecay > 0)
        {
            gradients.add_(step.Values, step.Scalar(step.WeightDecay));
        }

        squares.mul_(step.Scalar(Alpha)).addcmul_(gradients, gradients, step.Scalar(1 - Alpha));
        Tensor spread = squares;
        if (Centered)
        {
            Tensor average = step.State("grad_avg").mul_(step.Scalar(Alpha)).add_(gradients, step.Scalar(1 - Alpha));
            spread = squares.addcmul(average, average, step.Scalar(-1));
        }

        Tensor direction = gradients.div(spread.sqrt().add_(step.Scalar(Eps)));
        if (Momentum > 0)
        {
            direction = step.State("momentum_buffer").mul_(step.Scalar(Momentum)).add_(direction);
        }

        step.Values.add_(direction, step.Scalar(-step.Lr));
    }

    /// <inheritdoc/>
    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        int? average = Centered ? 1 : null;
        int? momentum = Momentum > 0 ? Centered ? 2 : 1 : null;
        FusedKernels.RmsProp(group, average, momentum, (float)lr, (float)Alpha, (float)(1 - Alpha), (float)Eps, (float)Momentum);
        return true;
    }
}
