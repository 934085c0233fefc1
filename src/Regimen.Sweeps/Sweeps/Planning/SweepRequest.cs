using System.ComponentModel.DataAnnotations;

namespace Regimen.Sweeps;

/// <summary>What a sweep shall do.</summary>
public sealed record SweepRequest
{
    /// <summary>The settings: searched keys (<c>model.hidden=64,128</c>) and keys that all trials share (<c>trainer.epochs=5</c>).</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The folder that contains <c>configs/</c>, and that relative paths start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The file of <c>--config</c>; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The search: <c>grid</c>, <c>random</c>, <c>sobol</c> or <c>tpe</c>; null for a grid.</summary>
    public string? Search { get; init; }

    /// <summary>The number of points of a search other than a grid.</summary>
    [Range(1, SweepPlanner.MostTrials)]
    public int? Samples { get; init; }

    /// <summary>The number of seeds at each point: the config's seed and those that follow it; null for those of <c>seed=1,2,3</c>, or one.</summary>
    [Range(1, 1000)]
    public int? Seeds { get; init; }

    /// <summary>The seed of the search; null for the first seed of the runs.</summary>
    public ulong? SearchSeed { get; init; }

    /// <summary>Point k of <c>tpe</c> follows from the results of the points up to k − lag.</summary>
    [Range(1, 1000)]
    public int? Lag { get; init; }

    /// <summary>The factor of successive halving; null for none.</summary>
    [Range(2, 100)]
    public int? Halving { get; init; }

    /// <summary>What happens when a trial fails: <c>stop</c>, <c>skip</c> or <c>retry:N</c>.</summary>
    public string OnFailure { get; init; } = "skip";

    /// <summary>The value by which points are ranked; null for the monitored value of early stopping.</summary>
    public string? Metric { get; init; }

    /// <summary>The number of cores of each trial; null to share out those of the machine.</summary>
    [Range(1, 1024)]
    public int? Cores { get; init; }
}
