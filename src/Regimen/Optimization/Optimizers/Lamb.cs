using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>LAMB (You, Li, Reddi and others, "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", 2020): Adam's direction, scaled
/// for each parameter to the norm of its values, for large batches. Weight decay is added to the direction.</summary>
[Optimizer("lamb")]
public sealed record Lamb : OptimizerOptions
{
    /// <summary>The paper's weight decay.</summary>
    public Lamb() => WeightDecay = 0.01;

    /// <summary>The decay rates of the running averages of the gradient and of its square.</summary>
    [Length(2, 2)]
    [Range(0, 1, MaximumIsExclusive = true)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];

    /// <summary>A constant added to the denominator for numerical stability.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-6;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames => ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    /// <remarks><c>m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; r = m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε) + wd·p; p −= lr · ‖p‖/‖r‖ · r</c>, with the norms of each
    /// parameter; the ratio is 1 where one of them is 0.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        (double beta1, double beta2) = (Betas[0], Betas[1]);
        (Tensor values, Tensor gradients, Tensor average, Tensor squares) = (step.Values, step.Gradients, step.State("exp_avg"), step.State("exp_avg_sq"));
        average.mul_(step.Scalar(beta1)).add_(gradients, step.Scalar(1 - beta1));
        squares.mul_(step.Scalar(beta2)).addcmul_(gradients, gradients, step.Scalar(1 - beta2));
        Tensor denominator = squares.sqrt().div_(step.Scalar(Math.Sqrt(1 - Math.Pow(beta2, step.Number)))).add_(step.Scalar(Eps));
        Tensor direction = average.div(denominator).div_(step.Scalar(1 - Math.Pow(beta1, step.Number)));
        if (step.WeightDecay > 0)
        {
            direction.add_(values, step.Scalar(step.WeightDecay));
        }

        foreach (ParameterRange parameter in step.Parameters)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor own = values.narrow(0, parameter.Start, parameter.Length);
            Tensor way = direction.narrow(0, parameter.Start, parameter.Length);
            (double size, double length) = (own.norm().ToDouble(), way.norm().ToDouble());
            own.add_(way, step.Scalar(-step.Lr * (size > 0 && length > 0 ? size / length : 1)));
        }
    }

    /// <inheritdoc/>
    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        if (!Arithmetic.IsPortable)
        {
            return false;
        }

        PortableNorms.Lamb(
            group,
            new AdamCoefficients
            {
                Beta1 = (float)Betas[0],
                Beta2 = (float)Betas[1],
                Rest1 = (float)(1 - Betas[0]),
                Rest2 = (float)(1 - Betas[1]),
                Eps = (float)Eps,
                Decay = 1,
                Size = (float)(1 / (1 - PortableMath.Power(Betas[0], number))),
                Correction = (float)(1 / Math.Sqrt(1 - PortableMath.Power(Betas[1], number))),
                Penalty = (float)group.WeightDecay,
            },
            lr);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Lamb? other) => base.Equals(other) && Betas.SequenceEqual(other!.Betas) && Eps.Equals(other.Eps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Betas[0], Betas[1], Eps);
}
