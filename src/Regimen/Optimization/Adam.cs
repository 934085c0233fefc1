using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Adam (Kingma and Ba, 2015), with weight decay as an L2 penalty on the gradient; PyTorch's <c>Adam</c> with its names.</summary>
[Optimizer("adam")]
public sealed record Adam : AdamFamily
{
    /// <inheritdoc/>
    public override Optimizer Build(FlatParameters parameters) => new FlatAdam(parameters, this, decoupled: false);
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019); PyTorch's <c>AdamW</c> with its names.</summary>
[Optimizer("adamw")]
public sealed record AdamW : AdamFamily
{
    /// <summary>PyTorch's defaults.</summary>
    public AdamW() => WeightDecay = 0.01;

    /// <inheritdoc/>
    public override Optimizer Build(FlatParameters parameters) => new FlatAdam(parameters, this, decoupled: true);
}

/// <summary>What <see cref="Adam"/> and <see cref="AdamW"/> have in common.</summary>
public abstract record AdamFamily : OptimizerOptions
{
    /// <summary>How much of the running averages of the gradient and of its square is kept a step.</summary>
    [Length(2, 2)]
    [Range(0, 1, MaximumIsExclusive = true)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];

    /// <summary>Added to the denominator.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-8;

    /// <inheritdoc/>
    public virtual bool Equals(AdamFamily? other) => base.Equals(other) && Betas.SequenceEqual(other!.Betas) && Eps.Equals(other.Eps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Betas[0], Betas[1], Eps);
}

/// <summary>The update of both: <c>m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; p −= lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)</c>.</summary>
internal sealed class FlatAdam : Optimizer
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly bool _decoupled;
    private readonly Scalar _beta1Scalar;
    private readonly Scalar _beta2Scalar;
    private readonly Scalar _oneMinusBeta1;
    private readonly Scalar _oneMinusBeta2;
    private readonly Scalar _eps;
    private readonly CachedScalar _decay;
    private readonly CachedScalar _negativeStepSize;
    private readonly CachedScalar _rootOfCorrection2;
    private readonly int _average;
    private readonly int _squares;

    public FlatAdam(FlatParameters parameters, AdamFamily options, bool decoupled)
        : base(parameters, options)
    {
        (_beta1, _beta2) = (options.Betas[0], options.Betas[1]);
        _epsilon = options.Eps;
        _decoupled = decoupled;
        (_beta1Scalar, _beta2Scalar, _eps) = (Held(_beta1), Held(_beta2), Held(options.Eps));
        (_oneMinusBeta1, _oneMinusBeta2) = (Held(1 - _beta1), Held(1 - _beta2));
        (_decay, _negativeStepSize, _rootOfCorrection2) = (HeldVariable(), HeldVariable(), HeldVariable());
        (_average, _squares) = (AddState("exp_avg"), AddState("exp_avg_sq"));
    }

    private protected override bool IsFused => true;

    protected override void Update(ParameterGroup group, double lr)
    {
        (Tensor values, Tensor gradients, Tensor average, Tensor squares) = (group.Values, group.Gradients, group.State(_average), group.State(_squares));
        if (group.WeightDecay > 0 && _decoupled)
        {
            values.mul_(_decay.Of(1 - (lr * group.WeightDecay)));
        }
        else if (group.WeightDecay > 0)
        {
            gradients.add_(values, _decay.Of(group.WeightDecay));
        }

        average.mul_(_beta1Scalar).add_(gradients, _oneMinusBeta1);
        squares.mul_(_beta2Scalar).addcmul_(gradients, gradients, _oneMinusBeta2);
        Tensor denominator = squares.sqrt().div_(_rootOfCorrection2.Of(Math.Sqrt(1 - Math.Pow(_beta2, Steps)))).add_(_eps);
        values.addcdiv_(average, denominator, _negativeStepSize.Of(-lr / (1 - Math.Pow(_beta1, Steps))));
    }

    protected override void UpdateInOnePass(ParameterGroup group, double lr) => FusedKernels.Adam(group, new AdamCoefficients
    {
        Beta1 = (float)_beta1,
        Beta2 = (float)_beta2,
        Rest1 = (float)(1 - _beta1),
        Rest2 = (float)(1 - _beta2),
        Eps = (float)_epsilon,
        Size = (float)(lr / (1 - Math.Pow(_beta1, Steps))),
        Correction = (float)(1 / Math.Sqrt(1 - Math.Pow(_beta2, Steps))),
        Decay = _decoupled ? (float)(1 - (lr * group.WeightDecay)) : 1,
        Penalty = _decoupled ? 0 : (float)group.WeightDecay,
    });
}
