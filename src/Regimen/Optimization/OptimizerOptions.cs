using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>An optimizer as it is asked for, before it has parameters. Its keys carry PyTorch's names.</summary>
public abstract record OptimizerOptions
{
    /// <summary>The learning rate, before the schedule.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Lr { get; init; } = 1e-3;

    /// <summary>How much of each parameter is taken away a step, as the optimizer has it: as a part of the learning rate, or as an L2
    /// penalty on the gradient.</summary>
    [Range(0, 1e6)]
    public double WeightDecay { get; init; }

    /// <summary>Whether biases and the weights of normalisation layers, which are all parameters of fewer than two dimensions, are left
    /// out of <see cref="WeightDecay"/>. PyTorch's optimizers decay them too; many recipes do not.</summary>
    public bool ExcludeBiasAndNorm { get; init; }

    /// <summary>What does not go together in these options; empty where all does.</summary>
    public virtual IEnumerable<Problem> Check() => [];

    /// <summary>The optimizer over these parameters, at its first step.</summary>
    public abstract Optimizer Build(FlatParameters parameters);

    /// <summary>Whether a parameter decays.</summary>
    internal bool Decays(ParameterRange parameter) => WeightDecay > 0 && (!ExcludeBiasAndNorm || parameter.Shape.Count >= 2);
}
