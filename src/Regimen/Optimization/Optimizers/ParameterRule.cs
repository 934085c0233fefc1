using System.ComponentModel.DataAnnotations;

namespace Regimen.Optimization;

/// <summary>Settings of an optimizer for some parameters of a model.</summary>
public sealed record ParameterRule
{
    /// <summary>The pattern of the parameters' names, such as fc.*: * stands for any characters, dots included; a module's name stands for
    /// everything in it.</summary>
    [Required]
    [MinLength(1)]
    public required string Match { get; init; }

    /// <summary>The factor of their learning rate; 0 for no update.</summary>
    [Range(0, 1e6)]
    public double LrScale { get; init; } = 1;

    /// <summary>Their weight decay, for biases and normalisation weights too; null for the optimizer's.</summary>
    [Range(0, 1e6)]
    public double? WeightDecay { get; init; }
}
