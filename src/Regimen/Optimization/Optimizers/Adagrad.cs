using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Adagrad (Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", 2011); PyTorch's
/// <c>Adagrad</c> with its names.</summary>
[Optimizer("adagrad")]
public sealed record Adagrad : OptimizerOptions
{
    /// <summary>PyTorch's defaults.</summary>
    public Adagrad() => Lr = 0.01;

    /// <summary>The decay of the learning rate: in step t it is divided by 1 + (t − 1) · lr_decay.</summary>
    [Range(0, 1e6)]
    public double LrDecay { get; init; }

    /// <summary>The value at which the sum of squared gradients begins.</summary>
    [Range(0, 1e6)]
    public double InitialAccumulatorValue { get; init; }

    /// <summary>A constant added to the denominator for numerical stability.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Eps { get; init; } = 1e-10;

    /// <inheritdoc/>
    public override IReadOnlyList<string> StateNames => ["sum"];

    /// <inheritdoc/>
    /// <remarks><c>s += g²; p −= lr / (1 + (t−1)·decay) · g / (√(s + s₀) + ε)</c>. The saved sum is without s₀, because state begins at 0.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        (Tensor gradients, Tensor sum) = (step.Gradients, step.State("sum"));
        if (step.WeightDecay > 0)
        {
            gradients.add_(step.Values, step.Scalar(step.WeightDecay));
        }

        sum.addcmul_(gradients, gradients, step.Scalar(1));
        Tensor denominator = sum.add(step.Scalar(InitialAccumulatorValue)).sqrt_().add_(step.Scalar(Eps));
        step.Values.addcdiv_(gradients, denominator, step.Scalar(-Size(step.Lr, step.Number)));
    }

    /// <inheritdoc/>
    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        FusedKernels.Adagrad(group, (float)Size(lr, number), (float)InitialAccumulatorValue, (float)Eps);
        return true;
    }

    private double Size(double lr, long number) => lr / (1 + ((number - 1) * LrDecay));
}
