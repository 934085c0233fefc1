using System.ComponentModel.DataAnnotations;

namespace Regimen.Optimization;

/// <summary>Cosine annealing from the optimizer's learning rate down to <c>eta_min</c> (Loshchilov and Hutter, "SGDR", 2017, without
/// restarts), with an optional linear warmup; PyTorch's <c>CosineAnnealingLR</c> with its names, updated every step.</summary>
[Schedule("cosine")]
public sealed record CosineSchedule : Schedule
{
    /// <summary>The number of epochs to the end of the cosine, including the warmup; null for the whole run. Later steps stay at
    /// <c>eta_min</c>.</summary>
    [Range(1, 1_000_000)]
    public int? TMax { get; init; }

    /// <summary>The learning rate at the end of the cosine.</summary>
    [Range(0, 1e6)]
    public double EtaMin { get; init; }

    /// <summary>The number of steps of a linear warmup from near 0 to the optimizer's learning rate, before the cosine; 0 for none.</summary>
    [Range(0, 1_000_000_000)]
    public long WarmupSteps { get; init; }

    /// <inheritdoc/>
    [ConfigIgnore]
    public override bool DependsOnTotalSteps => TMax is null;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment)
    {
        if (moment.Step <= WarmupSteps)
        {
            return (double)moment.Step / WarmupSteps;
        }

        long length = (TMax is { } epochs ? epochs * moment.StepsPerEpoch : moment.TotalSteps) - WarmupSteps;
        double progress = length <= 0 ? 1 : Math.Min(1, (double)(moment.Step - 1 - WarmupSteps) / length);
        double lowest = EtaMin / moment.Lr;
        return lowest + ((1 - lowest) * (1 + Math.Cos(Math.PI * progress)) / 2);
    }
}
