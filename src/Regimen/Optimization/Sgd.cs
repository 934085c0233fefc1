using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Stochastic gradient descent, with momentum where asked for; PyTorch's <c>SGD</c> with its names.</summary>
[Optimizer("sgd")]
public sealed record Sgd : OptimizerOptions
{
    /// <summary>How much of the last step's direction is kept; 0 for none.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <summary>Nesterov's look-ahead; it needs a momentum.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Problem> Check() => Nesterov && Momentum == 0
        ? [new Problem("Nesterov's look-ahead needs a momentum")
        {
            Where = "optimizer.nesterov",
            Expected = "optimizer.momentum above 0",
            Received = "0",
            Hint = "Set optimizer.momentum=0.9, or optimizer.nesterov=false.",
        }]
        : [];

    /// <inheritdoc/>
    public override Optimizer Build(FlatParameters parameters) => new FlatSgd(parameters, this);
}

/// <summary>The update of <see cref="Sgd"/>: <c>g += wd·p; b = μ·b + g; p −= lr·(nesterov ? g + μ·b : b)</c>.</summary>
internal sealed class FlatSgd : Optimizer
{
    private readonly Sgd _options;
    private readonly Scalar _momentum;
    private readonly Scalar _weightDecay;
    private readonly CachedScalar _negativeLr;
    private readonly int? _buffer;

    public FlatSgd(FlatParameters parameters, Sgd options)
        : base(parameters, options)
    {
        _options = options;
        (_momentum, _weightDecay, _negativeLr) = (Held(options.Momentum), Held(options.WeightDecay), HeldVariable());
        _buffer = options.Momentum > 0 ? AddState("momentum_buffer") : null;
    }

    private protected override bool IsFused => true;

    protected override void Update(ParameterGroup group, double lr)
    {
        Tensor direction = group.Gradients;
        if (group.WeightDecay > 0)
        {
            direction.add_(group.Values, _weightDecay);
        }

        if (_buffer is { } index)
        {
            Tensor buffer = group.State(index);
            buffer.mul_(_momentum).add_(direction);
            direction = _options.Nesterov ? direction.add_(buffer, _momentum) : buffer;
        }

        group.Values.add_(direction, _negativeLr.Of(-lr));
    }

    protected override void UpdateInOnePass(ParameterGroup group, double lr)
    {
        if (_buffer is not null)
        {
            FusedKernels.Momentum(group, (float)lr, (float)_options.Momentum, _options.Nesterov);
        }
        else
        {
            FusedKernels.Sgd(group, (float)lr);
        }
    }
}
