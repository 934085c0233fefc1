using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>An optimizer: its options, and how it updates parameters. A new one derives from this record and overrides <see cref="Update"/>
/// and, where it keeps state, <see cref="StateNames"/>. Options have PyTorch's names.</summary>
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

    /// <summary>The names of the buffers that the optimizer keeps between steps, each laid out as the parameters and all zero at first:
    /// PyTorch's names where there are any (<c>exp_avg</c>). They are saved with each checkpoint. Default: none.</summary>
    public virtual IReadOnlyList<string> StateNames => [];

    /// <summary>The optimizer over these parameters, before its first step.</summary>
    /// <exception cref="RequestException">The options are out of bounds.</exception>
    public Optimizer Build(FlatParameters parameters) => new(parameters, this);

    /// <summary>Updates some parameters with their gradients. Runs without gradients, in a dispose scope, on any device and in any element
    /// type; the gradients are cleared after it. Called once for each group of parameters of a step.</summary>
    /// <param name="step">The parameters, their gradients and state, and the learning rate.</param>
    protected internal abstract void Update(OptimizerStep step);

    /// <summary>The same in one pass over memory, for float32 on the CPU; it clears the gradients itself.</summary>
    /// <returns>Whether there is such a pass; if not, nothing has been changed.</returns>
    internal virtual bool TryUpdateInOnePass(ParameterGroup group, double lr, long number) => false;

    /// <summary>Whether a parameter decays.</summary>
    internal bool Decays(ParameterRange parameter) => WeightDecay > 0 && (!ExcludeBiasAndNorm || parameter.Shape.Count >= 2);
}
