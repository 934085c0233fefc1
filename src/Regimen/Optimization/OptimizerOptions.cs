using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>An optimizer as it is asked for, before it has parameters. Its keys carry PyTorch's names.</summary>
public abstract record OptimizerOptions
{
    /// <summary>The learning rate, before the schedule.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Lr { get; init; } = 1e-3;

    /// <summary>What does not go together in these options; empty where all does.</summary>
    public virtual IEnumerable<Problem> Check() => [];

    /// <summary>The optimizer over these parameters, at its first step.</summary>
    public abstract Optimizer Build(FlatParameters parameters);
}
