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

    /// <summary>Other learning rates and weight decays for some parameters, by patterns of their names. The first rule that matches a parameter
    /// applies to it.</summary>
    public IReadOnlyList<ParameterRule> Rules { get; init; } = [];

    /// <summary>Returns the problems of options that contradict each other; empty if there are none.</summary>
    public virtual IEnumerable<Problem> Check() => [];

    /// <summary>The names of the optimizer's state buffers, each with the layout of the parameters and initially zero. Use PyTorch's names
    /// if there are any (<c>exp_avg</c>). The buffers are saved with each checkpoint. Default: none.</summary>
    public virtual IReadOnlyList<string> StateNames => [];

    /// <summary>Creates the optimizer for these parameters, before its first step.</summary>
    /// <exception cref="RequestException">The options are out of bounds.</exception>
    public Optimizer Build(FlatParameters parameters) => new(parameters, this, _ => 0);

    /// <summary>Creates the optimizer for parameters of which some are first updated later.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="stepsBefore">Returns the number of steps before the first one that updates a parameter, by its name. An optimizer that
    /// corrects its averages by the number of steps counts from there.</param>
    internal Optimizer Build(FlatParameters parameters, Func<string, long> stepsBefore) => new(parameters, this, stepsBefore);

    /// <summary>Whether both have the same type and values; rules are compared one by one.</summary>
    public virtual bool Equals(OptimizerOptions? other)
        => ReferenceEquals(this, other) || (other is not null && EqualityContract == other.EqualityContract && Lr.Equals(other.Lr) && WeightDecay.Equals(other.WeightDecay)
            && ExcludeBiasAndNorm == other.ExcludeBiasAndNorm && Rules.SequenceEqual(other.Rules));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Lr, WeightDecay, ExcludeBiasAndNorm, Rules.Count);

    /// <summary>Updates some parameters with their gradients. Runs without gradients, in a dispose scope, on any device and in any element
    /// type; the gradients are cleared after it. Called once for each group of parameters of a step.</summary>
    /// <param name="step">The parameters, their gradients and state, and the learning rate.</param>
    protected internal abstract void Update(OptimizerStep step);

    /// <summary>Whether a parameter is updated apart from the others: it is never in a group with one that is not.</summary>
    internal virtual bool IsApart(ParameterRange parameter) => false;

    /// <summary>Returns the problems of names and patterns of parameters in the options.</summary>
    /// <param name="names">The names of the model's parameters.</param>
    internal virtual IEnumerable<Problem> CheckNames(IReadOnlyList<string> names) => [];

    /// <summary>Makes the same update in one pass over memory, for float32 on the CPU, and clears the gradients.</summary>
    /// <returns>Whether the update was made; if false, nothing has been changed.</returns>
    internal virtual bool TryUpdateInOnePass(ParameterGroup group, double lr, long number) => false;

    /// <summary>Whether the update has the same bits on every machine with <see cref="Engine.Bits.Portable"/>: it computes each value alone.</summary>
    internal virtual bool IsPortable => false;

    /// <summary>Whether weight decay applies to a parameter.</summary>
    internal bool Decays(ParameterRange parameter) => WeightDecay > 0 && (!ExcludeBiasAndNorm || parameter.Shape.Count >= 2);
}
