using System.ComponentModel.DataAnnotations;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>The options of an optimizer, and its update rule. A new optimizer derives from this record and overrides <see cref="Update"/>
/// and, where it keeps state, <see cref="StateNames"/>. Options have PyTorch's names.</summary>
public abstract record OptimizerOptions
{
    /// <summary>The learning rate, before the schedule.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Lr { get; init; } = 1e-3;

    /// <summary>The weight decay coefficient. Depending on the optimizer, it is decoupled (multiplied by the learning rate) or an L2 penalty on
    /// the gradient.</summary>
    [Range(0, 1e6)]
    public double WeightDecay { get; init; }

    /// <summary>Whether to exclude biases and the weights of normalisation layers (all parameters of fewer than two dimensions) from
    /// <see cref="WeightDecay"/>. PyTorch's optimizers decay them too; many recipes do not.</summary>
    public bool ExcludeBiasAndNorm { get; init; }

    /// <summary>Returns the problems of options that contradict each other; empty if there are none.</summary>
    public virtual IEnumerable<Problem> Check() => [];

    /// <summary>The names of the optimizer's state buffers, each with the layout of the parameters and initially zero. Use PyTorch's names
    /// if there are any (<c>exp_avg</c>). The buffers are saved with each checkpoint. Default: none.</summary>
    public virtual IReadOnlyList<string> StateNames => [];

    /// <summary>Creates the optimizer for these parameters, before its first step.</summary>
    /// <exception cref="RequestException">The options are out of bounds.</exception>
    public Optimizer Build(FlatParameters parameters) => new(parameters, this);

    /// <summary>Updates some parameters with their gradients. Runs without gradients, in a dispose scope, on any device and in any element
    /// type; the gradients are cleared after it. Called once for each group of parameters of a step.</summary>
    /// <param name="step">The parameters, their gradients and state, and the learning rate.</param>
    protected internal abstract void Update(OptimizerStep step);

    /// <summary>Makes the same update in one pass over memory, for float32 on the CPU, and clears the gradients.</summary>
    /// <returns>Whether the update was made; if false, nothing has been changed.</returns>
    internal virtual bool TryUpdateInOnePass(ParameterGroup group, double lr, long number) => false;

    /// <summary>Whether weight decay applies to a parameter.</summary>
    internal bool Decays(ParameterRange parameter) => WeightDecay > 0 && (!ExcludeBiasAndNorm || parameter.Shape.Count >= 2);
}
