
namespace Regimen.Optimization;

/// <summary>The optimizer's learning rate throughout.</summary>
[Schedule("constant")]
public sealed record ConstantSchedule : Schedule
{
    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment) => 1;
}
