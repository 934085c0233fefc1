using System.ComponentModel.DataAnnotations;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace OwnParts.Optimizers;

/// <summary>Signum: the sign of the momentum (Bernstein, Wang, Azizzadenesheli and Anandkumar, "signSGD: Compressed Optimisation for Non-Convex
/// Problems", 2018).</summary>
[Optimizer("signum")]
public sealed record Signum : OptimizerOptions
{
    /// <summary>The decay rate of the running average of the gradient.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; } = 0.9;

    public override IReadOnlyList<string> StateNames => ["exp_avg"];

    protected override void Update(OptimizerStep step)
    {
        Tensor average = step.State("exp_avg").mul_(step.Scalar(Momentum)).add_(step.Gradients, step.Scalar(1 - Momentum));
        step.Values.mul_(step.Scalar(1 - (step.Lr * step.WeightDecay))).add_(average.sign(), step.Scalar(-step.Lr));
    }
}
