using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>Lowers the learning rate to 0 by a power of the remaining part of the run; PyTorch's <c>PolynomialLR</c> with its names, updated
/// every step.</summary>
[Schedule("polynomial")]
public sealed record PolynomialSchedule : Schedule
{
    /// <summary>The number of epochs until the learning rate is 0, where it stays; null for the whole run.</summary>
    [Range(1, 1_000_000)]
    public int? TotalIters { get; init; }

    /// <summary>The power: 1 for a straight line; more falls faster at the beginning.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Power { get; init; } = 1;

    /// <inheritdoc/>
    [ConfigIgnore]
    public override bool DependsOnTotalSteps => TotalIters is null;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment)
    {
        long length = TotalIters is { } epochs ? epochs * moment.StepsPerEpoch : moment.TotalSteps;
        return PortableFunctions.Power(1 - ((double)Math.Min(moment.Step - 1, length) / length), Power);
    }
}
