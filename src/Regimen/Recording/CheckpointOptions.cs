using System.ComponentModel.DataAnnotations;

namespace Regimen.Recording;

/// <summary>Options of saving and keeping checkpoints.</summary>
public sealed record CheckpointOptions
{
    /// <summary>The number of newest checkpoints to keep in addition to the best one.</summary>
    [Range(1, 1_000_000)]
    public int Keep { get; init; } = 1;

    /// <summary>The interval, in steps, of additional checkpoints within an epoch; null to save only at the end of each epoch.</summary>
    [Range(1, long.MaxValue)]
    public long? EverySteps { get; init; }

    /// <summary>The time in minutes since the last checkpoint after which a step has an additional one; null for none. It does not affect
    /// the weights.</summary>
    [Range(0, 1e9, MinimumIsExclusive = true)]
    public double? EveryMinutes { get; init; }
}
