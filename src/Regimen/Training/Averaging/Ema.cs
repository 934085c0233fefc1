using System.ComponentModel.DataAnnotations;

namespace Regimen.Training;

/// <summary>An exponential moving average of the weights: each average keeps the fraction <see cref="Decay"/> of the one before.</summary>
/// <remarks>Without warm-up, PyTorch's <c>AveragedModel</c> with <c>avg_fn = decay · average + (1 − decay) · weights</c> and
/// <c>use_buffers=True</c>.</remarks>
[WeightAverage("ema")]
public sealed record Ema : WeightAverage
{
    /// <summary>The fraction of the earlier average that an average keeps: 0.999 averages over about the last 1,000 averages.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.999;

    /// <summary>Whether the decay begins low, so that the first weights are soon forgotten: after n averages it is at most
    /// (1 + n) / (10 + n).</summary>
    public bool Warmup { get; init; } = true;

    /// <summary>The interval of the averages, in steps.</summary>
    [Range(1, long.MaxValue)]
    public long Every { get; init; } = 1;

    /// <inheritdoc/>
    [ConfigIgnore]
    public override long? Interval => Every;

    /// <inheritdoc/>
    public override double ShareAfter(long averages) => 1 - (Warmup ? Math.Min(Decay, (1.0 + averages) / (10.0 + averages)) : Decay);
}
