using System.ComponentModel.DataAnnotations;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace OwnParts.Optimizers;

/// <summary>Lion: the sign of an interpolation of momentum and gradient (Chen and others, "Symbolic Discovery of Optimization Algorithms",
/// 2023).</summary>
[Optimizer("lion")]
public sealed record Lion : OptimizerOptions
{
    /// <summary>The weight of the momentum in the direction of a step.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>The weight of the momentum in the next momentum.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.99;

    public override IReadOnlyList<string> StateNames => ["exp_avg"];

    protected override void Update(OptimizerStep step)
    {
        Tensor momentum = step.State("exp_avg");
        Tensor direction = momentum.mul(step.Scalar(Beta1)).add_(step.Gradients, step.Scalar(1 - Beta1)).sign_();
        step.Values.mul_(step.Scalar(1 - (step.Lr * step.WeightDecay))).add_(direction, step.Scalar(-step.Lr));
        momentum.mul_(step.Scalar(Beta2)).add_(step.Gradients, step.Scalar(1 - Beta2));
    }
}
