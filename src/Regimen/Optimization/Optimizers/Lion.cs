using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Lion (Chen, Liang, Huang and others, "Symbolic Discovery of Optimization Algorithms", 2023): the sign of an interpolation of momentum and
/// gradient, with decoupled weight decay. Its learning rate is 3 to 10 times smaller than AdamW's, its weight decay as much larger.</summary>
[Optimizer("lion")]
public sealed record Lion : OptimizerOptions
{
    /// <summary>The paper's defaults.</summary>
    public Lion() => Lr = 1e-4;

    /// <summary>The weights of the momentum in the direction of a step, and in the next momentum.</summary>
    [Length(2, 2)]
    [Range(0, 1, MaximumIsExclusive = true)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.99];

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames => ["exp_avg"];

    /// <inheritdoc/>
    /// <remarks><c>p −= lr·wd·p; p −= lr · sign(β₁m + (1−β₁)g); m = β₂m + (1−β₂)g</c>.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        (Tensor values, Tensor gradients, Tensor momentum) = (step.Values, step.Gradients, step.State("exp_avg"));
        Tensor direction = momentum.mul(step.Scalar(Betas[0])).add_(gradients, step.Scalar(1 - Betas[0])).sign_();
        values.mul_(step.Scalar(1 - (step.Lr * step.WeightDecay))).add_(direction, step.Scalar(-step.Lr));
        momentum.mul_(step.Scalar(Betas[1])).add_(gradients, step.Scalar(1 - Betas[1]));
    }

    /// <inheritdoc/>
    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        FusedKernels.Lion(group, (float)lr, (float)(1 - (lr * group.WeightDecay)), Betas[0], Betas[1]);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Lion? other) => base.Equals(other) && Betas.SequenceEqual(other!.Betas);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Betas[0], Betas[1]);
}
