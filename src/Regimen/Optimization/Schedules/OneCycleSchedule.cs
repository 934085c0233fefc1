using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>The curve by which a learning rate changes from one value to another.</summary>
public enum AnnealStrategy
{
    /// <summary>Half a cosine.</summary>
    Cos,

    /// <summary>A straight line.</summary>
    Linear,
}

/// <summary>Raises the learning rate to the optimizer's and lowers it to nearly 0 over the whole run (Smith and Topin, "Super-Convergence",
/// 2018); PyTorch's <c>OneCycleLR</c> with its names and two phases. Momentum is not changed.</summary>
[Schedule("one_cycle")]
public sealed record OneCycleSchedule : Schedule
{
    /// <summary>The fraction of the run in which the learning rate rises.</summary>
    [Range(0, 1, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double PctStart { get; init; } = 0.3;

    /// <summary>The highest learning rate divided by the first one.</summary>
    [Range(1, 1e9)]
    public double DivFactor { get; init; } = 25;

    /// <summary>The first learning rate divided by the last one.</summary>
    [Range(1, 1e12)]
    public double FinalDivFactor { get; init; } = 1e4;

    /// <summary>The curve of the rise and the fall.</summary>
    public AnnealStrategy AnnealStrategy { get; init; } = AnnealStrategy.Cos;

    /// <inheritdoc/>
    [ConfigIgnore]
    public override bool DependsOnTotalSteps => true;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment)
    {
        double first = 1 / DivFactor;
        double taken = moment.Step - 1;
        double peak = (PctStart * moment.TotalSteps) - 1;
        return taken <= peak
            ? Between(first, 1, peak <= 0 ? 1 : taken / peak)
            : Between(1, first / FinalDivFactor, (taken - peak) / (moment.TotalSteps - 1 - peak));
    }

    private double Between(double from, double to, double part) => AnnealStrategy == AnnealStrategy.Cos
        ? to + ((from - to) / 2 * (1 + PortableFunctions.Cos(Math.PI * part)))
        : from + ((to - from) * part);
}
