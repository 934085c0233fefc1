using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>Multiplies the learning rate by gamma at a fixed interval of epochs; PyTorch's <c>StepLR</c> with its names.</summary>
[Schedule("step")]
public sealed record StepSchedule : Schedule
{
    /// <summary>The number of epochs between two changes.</summary>
    [Range(1, 1_000_000)]
    public int StepSize { get; init; } = 10;

    /// <summary>The factor by which the learning rate is multiplied at each change.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => PortableFunctions.Power(Gamma, (moment.Epoch - 1) / StepSize);
}

/// <summary>Multiplies the learning rate by gamma after each of the given epochs; PyTorch's <c>MultiStepLR</c> with its names.</summary>
[Schedule("multi_step")]
public sealed record MultiStepSchedule : Schedule
{
    /// <summary>The epochs after which the learning rate changes, in ascending order; 30 changes it from epoch 31 on.</summary>
    [Length(1, 1000)]
    [Range(1, 1_000_000)]
    public IReadOnlyList<int> Milestones { get; init; } = [10, 15];

    /// <summary>The factor by which the learning rate is multiplied at each change.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => PortableFunctions.Power(Gamma, Milestones.Count(m => m < moment.Epoch));

    /// <inheritdoc/>
    public override IEnumerable<Problem> Check() => Milestones.Zip(Milestones.Skip(1)).Any(pair => pair.First >= pair.Second)
        ? [new Problem("The milestones of a schedule are not in ascending order")
        {
            Where = "schedule.milestones",
            Expected = "epochs in ascending order, such as [10, 15]",
            Received = $"[{string.Join(", ", Milestones)}]",
        }]
        : [];

    /// <summary>Compares by value.</summary>
    public bool Equals(MultiStepSchedule? other) => base.Equals(other) && Gamma.Equals(other!.Gamma) && Milestones.SequenceEqual(other.Milestones);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Gamma, Milestones.Count, Milestones.Sum());
}

/// <summary>Multiplies the learning rate by gamma every epoch; PyTorch's <c>ExponentialLR</c> with its names.</summary>
[Schedule("exponential")]
public sealed record ExponentialSchedule : Schedule
{
    /// <summary>The factor by which the learning rate is multiplied each epoch.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.95;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => PortableFunctions.Power(Gamma, moment.Epoch - 1);
}
