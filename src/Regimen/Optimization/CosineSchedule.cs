using System.ComponentModel.DataAnnotations;

namespace Regimen.Optimization;

/// <summary>Half a cosine from the optimizer's learning rate down to <c>eta_min</c> (Loshchilov and Hutter, "SGDR", 2017, without
/// restarts), after a linear rise where asked for; PyTorch's <c>CosineAnnealingLR</c> with its names, moving every step.</summary>
[Schedule("cosine")]
public sealed record CosineSchedule : Schedule
{
    /// <summary>Epochs from the first step to the end of the cosine, the rise included; null for the whole run. Later steps stay at
    /// <c>eta_min</c>.</summary>
    [Range(1, 1_000_000)]
    public int? TMax { get; init; }

    /// <summary>The learning rate at the cosine's end.</summary>
    [Range(0, 1e6)]
    public double EtaMin { get; init; }

    /// <summary>Steps of a linear rise from near 0 to the optimizer's learning rate, before the cosine; 0 for none.</summary>
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
