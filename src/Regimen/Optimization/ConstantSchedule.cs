using Regimen.Catalog;

namespace Regimen.Optimization;

/// <summary>The optimizer's learning rate throughout.</summary>
[Schedule("constant")]
public sealed record ConstantSchedule : Schedule
{
    /// <inheritdoc/>
    public override double FactorAt(ScheduleMoment moment) => 1;
}
