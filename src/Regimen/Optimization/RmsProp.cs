using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>RMSprop (Tieleman and Hinton, 2012; centered after Graves, 2013); PyTorch's <c>RMSprop</c> with its names.</summary>
[Optimizer("rmsprop")]
public sealed record RmsProp : OptimizerOptions
{
    /// <summary>PyTorch's defaults.</summary>
    public RmsProp() => Lr = 0.01;

    /// <summary>How much of the running average of the squared gradient is kept a step.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Alpha { get; init; } = 0.99;

    /// <summary>Added to the denominator.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-8;

    /// <summary>How much of the last step's direction is kept; 0 for none.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <summary>Whether the gradient is divided by an estimate of its deviation instead of its root mean square.</summary>
    public bool Centered { get; init; }

    /// <inheritdoc/>
    public override Optimizer Build(FlatParameters parameters) => new FlatRmsProp(parameters, this);
}

/// <summary>The update of <see cref="RmsProp"/>: <c>v = αv + (1−α)g²; p −= lr · g / (√v + ε)</c>; centered, <c>v</c> less the squared average of
/// the gradient; with momentum, by way of <c>b = μb + g / (√v + ε)</c>.</summary>
internal sealed class FlatRmsProp : Optimizer
{
    private readonly RmsProp _options;
    private readonly int _squares;
    private readonly int? _average;
    private readonly int? _buffer;
    private readonly Scalar _alpha;
    private readonly Scalar _oneMinusAlpha;
    private readonly Scalar _minusOne;
    private readonly Scalar _eps;
    private readonly Scalar _momentum;
    private readonly Scalar _weightDecay;
    private readonly CachedScalar _negativeLr;

    public FlatRmsProp(FlatParameters parameters, RmsProp options)
        : base(parameters, options)
    {
        _options = options;
        (_alpha, _oneMinusAlpha, _minusOne) = (Held(options.Alpha), Held(1 - options.Alpha), Held(-1));
        (_eps, _momentum, _weightDecay, _negativeLr) = (Held(options.Eps), Held(options.Momentum), Held(options.WeightDecay), HeldVariable());
        _squares = AddState("square_avg");
        _average = options.Centered ? AddState("grad_avg") : null;
        _buffer = options.Momentum > 0 ? AddState("momentum_buffer") : null;
    }

    private protected override bool IsFused => true;

    protected override void Update(ParameterGroup group, double lr)
    {
        (Tensor gradients, Tensor squares) = (group.Gradients, group.State(_squares));
        if (group.WeightDecay > 0)
        {
            gradients.add_(group.Values, _weightDecay);
        }

        squares.mul_(_alpha).addcmul_(gradients, gradients, _oneMinusAlpha);
        Tensor spread = squares;
        if (_average is { } averageIndex)
        {
            Tensor average = group.State(averageIndex).mul_(_alpha).add_(gradients, _oneMinusAlpha);
            spread = squares.addcmul(average, average, _minusOne);
        }

        Tensor direction = gradients.div(spread.sqrt().add_(_eps));
        if (_buffer is { } bufferIndex)
        {
            direction = group.State(bufferIndex).mul_(_momentum).add_(direction);
        }

        group.Values.add_(direction, _negativeLr.Of(-lr));
    }

    protected override void UpdateInOnePass(ParameterGroup group, double lr) => FusedKernels.RmsProp(
        group, _average, _buffer, (float)lr, (float)_options.Alpha, (float)(1 - _options.Alpha), (float)_options.Eps, (float)_options.Momentum);
}
