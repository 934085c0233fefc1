using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>Cosine annealing from the optimizer's learning rate down to <c>eta_min</c> (Loshchilov and Hutter, "SGDR", 2017, without
/// restarts); PyTorch's <c>CosineAnnealingLR</c> with its names, updated every step.</summary>
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

    /// <inheritdoc/>
    [ConfigIgnore]
    public override bool DependsOnTotalSteps => TMax is null;

    /// <summary>Returns the factor of a step; this schedule contains its warmup, because <see cref="TMax"/> does.</summary>
    public override double FactorAt(ScheduleProgress moment)
    {
        if (moment.Step <= WarmupSteps)
        {
            return WarmupFactorAt(moment.Step);
        }

        long length = (TMax is { } epochs ? epochs * moment.StepsPerEpoch : moment.TotalSteps) - WarmupSteps;
        double progress = length <= 0 ? 1 : Math.Min(1, (double)(moment.Step - 1 - WarmupSteps) / length);
        double lowest = EtaMin / moment.Lr;
        return lowest + ((1 - lowest) * (1 + PortableFunctions.Cos(Math.PI * progress)) / 2);
    }

    /// <inheritdoc/>
    public override double FactorWithWarmup(ScheduleProgress moment) => FactorAt(moment);
}
