using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Stochastic gradient descent with optional momentum; PyTorch's <c>SGD</c> with its names.</summary>
[Optimizer("sgd")]
public sealed record Sgd : OptimizerOptions
{
    /// <summary>The momentum: the fraction of the previous step's direction that is kept; 0 for none.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <summary>Whether to use Nesterov momentum; requires a momentum above 0.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Problem> Check() => Nesterov && Momentum == 0
        ? [new Problem("Nesterov momentum requires a momentum above 0")
        {
            Where = "optimizer.nesterov",
            Expected = "optimizer.momentum above 0",
            Received = "0",
            Hint = "Set optimizer.momentum=0.9, or optimizer.nesterov=false.",
        }]
        : [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames => Momentum > 0 ? ["momentum_buffer"] : [];

    /// <inheritdoc/>
    /// <remarks><c>g += wd·p; b = μ·b + g; p −= lr·(nesterov ? g + μ·b : b)</c>.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        Tensor direction = step.Gradients;
        if (step.WeightDecay > 0)
        {
            direction.add_(step.Values, step.Scalar(step.WeightDecay));
        }

        if (Momentum > 0)
        {
            Tensor buffer = step.State("momentum_buffer");
            buffer.mul_(step.Scalar(Momentum)).add_(direction);
            direction = Nesterov ? direction.add_(buffer, step.Scalar(Momentum)) : buffer;
        }

        step.Values.add_(direction, step.Scalar(-step.Lr));
    }

    /// <inheritdoc/>
    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        if (Momentum > 0)
        {
            FusedKernels.Momentum(group, (float)lr, (float)Momentum, Nesterov);
        }
        else
        {
            FusedKernels.Sgd(group, (float)lr);
        }

        return true;
    }
}
