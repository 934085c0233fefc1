using System.ComponentModel.DataAnnotations;

namespace Regimen.Recording;

/// <summary>Which checkpoints a run keeps.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Whole checkpoints kept besides the best, newest first.</summary>
    [Range(1, 1_000_000)]
    public int Keep { get; init; } = 1;

    /// <summary>Saves also every so many steps, inside an epoch; null for at an epoch's end only.</summary>
    [Range(1, long.MaxValue)]
    public long? EverySteps { get; init; }
}
