using System.ComponentModel.DataAnnotations;
using Regimen.Optimization;

namespace OwnParts.Schedules;

/// <summary>Halves the learning rate after every so many steps.</summary>
[Schedule("staircase")]
public sealed record Staircase : Schedule
{
    /// <summary>Steps of one learning rate.</summary>
    [Range(1, long.MaxValue)]
    public long Every { get; init; } = 100;

    public override double FactorAt(ScheduleProgress moment) => Math.Pow(0.5, (moment.Step - 1) / Every);
}
