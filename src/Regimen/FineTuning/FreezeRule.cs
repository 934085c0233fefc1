using System.ComponentModel.DataAnnotations;

namespace Regimen.FineTuning;

/// <summary>Parameters that are not trained, or not before an epoch.</summary>
public sealed record FreezeRule
{
    /// <summary>The pattern of the parameters' names, such as layer1.*: * stands for any characters, dots included; a module's name stands for
    /// everything in it.</summary>
    [Required]
    [MinLength(1)]
    public required string Match { get; init; }

    /// <summary>The first epoch in which they are trained, from 2; null to train them in none.</summary>
    [Range(2, 1_000_000)]
    public int? UntilEpoch { get; init; }

    /// <summary>Freezes the parameters that match, for the whole training.</summary>
    public static implicit operator FreezeRule(string match) => new() { Match = match };
}
