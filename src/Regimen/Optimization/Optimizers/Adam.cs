using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Adam (Kingma and Ba, 2015), with weight decay as an L2 penalty on the gradient; PyTorch's <c>Adam</c> with its names.</summary>
[Optimizer("adam")]
public sealed record Adam : AdamFamily
{
    private protected override bool IsDecoupled => false;
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019); PyTorch's <c>AdamW</c> with its names.</summary>
[Optimizer("adamw")]
public sealed record AdamW : AdamFamily
{
    /// <summary>PyTorch's defaults.</summary>
    public AdamW() => WeightDecay = 0.01;

    private protected override bool IsDecoupled => true;
}

/// <summary>The common base of <see cref="Adam"/> and <see cref="AdamW"/>.</summary>
public abstract record AdamFamily : OptimizerOptions
{
    /// <summary>The decay rates of the running averages of the gradient and of its square.</summary>
    [Length(2, 2)]
    [Range(0, 1, MaximumIsExclusive = true)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];

    /// <summary>A constant added to the denominator for numerical stability.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames => ["exp_avg", "exp_avg_sq"];

    /// <summary>Whether weight decay is applied to the parameters directly instead of the gradient.</summary>
    private protected abstract bool IsDecoupled { get; }

    /// <inheritdoc/>
    /// <remarks><c>m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; p −= lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)</c>.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        (double beta1, double beta2) = (Betas[0], Betas[1]);
        (Tensor values, Tensor gradients, Tensor average, Tensor squares) = (step.Values, step.Gradients, step.State("exp_avg"), step.State("exp_avg_sq"));
        if (step.WeightDecay > 0 && IsDecoupled)
        {
            values.mul_(step.Scalar(1 - (step.Lr * step.WeightDecay)));
        }
        else if (step.WeightDecay > 0)
        {
            gradients.add_(values, step.Scalar(step.WeightDecay));
        }

        average.mul_(step.Scalar(beta1)).add_(gradients, step.Scalar(1 - beta1));
        squares.mul_(step.Scalar(beta2)).addcmul_(gradients, gradients, step.Scalar(1 - beta2));
        Tensor denominator = squares.sqrt().div_(step.Scalar(Math.Sqrt(1 - Math.Pow(beta2, step.Number)))).add_(step.Scalar(Eps));
        values.addcdiv_(average, denominator, step.Scalar(-step.Lr / (1 - Math.Pow(beta1, step.Number))));
    }

    /// <inheritdoc/>
    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        (double beta1, double beta2) = (Betas[0], Betas[1]);
        FusedKernels.Adam(group, new AdamCoefficients
        {
            Beta1 = (float)beta1,
            Beta2 = (float)beta2,
            Rest1 = (float)(1 - beta1),
            Rest2 = (float)(1 - beta2),
            Eps = (float)Eps,
            Size = (float)(lr / (1 - PortableFunctions.Power(beta1, number))),
            Correction = (float)(1 / Math.Sqrt(1 - PortableFunctions.Power(beta2, number))),
            Decay = IsDecoupled ? (float)(1 - (lr * group.WeightDecay)) : 1,
            Penalty = IsDecoupled ? 0 : (float)group.WeightDecay,
        });
        return true;
    }

    /// <inheritdoc/>
    public virtual bool Equals(AdamFamily? other) => base.Equals(other) && Betas.SequenceEqual(other!.Betas) && Eps.Equals(other.Eps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Betas[0], Betas[1], Eps);
}
