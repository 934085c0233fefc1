
namespace Regimen.Optimization;

/// <summary>A constant learning rate: the optimizer's.</summary>
[Schedule("constant")]
public sealed record ConstantSchedule : Schedule
{
    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => 1;
}
