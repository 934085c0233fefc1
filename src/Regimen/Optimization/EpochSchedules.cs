using System.ComponentModel.DataAnnotations;

namespace Regimen.Optimization;

/// <summary>Multiplies the learning rate by gamma every so many epochs; PyTorch's <c>StepLR</c> with its names.</summary>
[Schedule("step")]
public sealed record StepSchedule : Schedule
{
    /// <summary>Epochs between two changes.</summary>
    [Range(1, 1_000_000)]
    public int StepSize { get; init; } = 10;

    /// <summary>What the learning rate is multiplied by at each change.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => Math.Pow(Gamma, (moment.Epoch - 1) / StepSize);
}

/// <summary>Multiplies the learning rate by gamma after each of the named epochs; PyTorch's <c>MultiStepLR</c> with its names.</summary>
[Schedule("multi_step")]
public sealed record MultiStepSchedule : Schedule
{
    /// <summary>The epochs after which the learning rate changes, in rising order; 30 changes it from epoch 31 on.</summary>
    [Length(1, 1000)]
    [Range(1, 1_000_000)]
    public IReadOnlyList<int> Milestones { get; init; } = [10, 15];

    /// <summary>What the learning rate is multiplied by at each change.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.1;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => Math.Pow(Gamma, Milestones.Count(m => m < moment.Epoch));

    /// <inheritdoc/>
    public override IEnumerable<Problem> Check() => Milestones.Zip(Milestones.Skip(1)).Any(pair => pair.First >= pair.Second)
        ? [new Problem("The milestones of a schedule follow each other")
        {
            Where = "schedule.milestones",
            Expected = "epochs in rising order, as [10, 15]",
            Received = $"[{string.Join(", ", Milestones)}]",
        }]
        : [];

    /// <summary>Equal where every value is.</summary>
    public bool Equals(MultiStepSchedule? other) => base.Equals(other) && Gamma.Equals(other!.Gamma) && Milestones.SequenceEqual(other.Milestones);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Gamma, Milestones.Count, Milestones.Sum());
}

/// <summary>Multiplies the learning rate by gamma every epoch; PyTorch's <c>ExponentialLR</c> with its names.</summary>
[Schedule("exponential")]
public sealed record ExponentialSchedule : Schedule
{
    /// <summary>What the learning rate is multiplied by each epoch.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Gamma { get; init; } = 0.95;

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => Math.Pow(Gamma, moment.Epoch - 1);
}
