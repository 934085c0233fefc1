using System.ComponentModel.DataAnnotations;

namespace Regimen.Sweeps;

/// <summary>What a cross-validation shall do.</summary>
public sealed record CrossValidationRequest
{
    /// <summary>The settings: <c>folds=5</c>, <c>repeats=3</c>, <c>cv.group=column</c>, <c>cv.stratify=true</c>, and the keys of the config, each with one
    /// value.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The folder that contains <c>configs/</c>, and that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The file of <c>--config</c>; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>What happens when a fold fails: <c>stop</c>, <c>skip</c> or <c>retry:N</c>.</summary>
    public string OnFailure { get; init; } = "skip";

    /// <summary>The number of cores of each fold; null to share out those of the machine.</summary>
    [Range(1, 1024)]
    public int? Cores { get; init; }
}
