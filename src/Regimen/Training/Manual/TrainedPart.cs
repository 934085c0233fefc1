using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>A sub-module that a step of <see cref="ManualTrainer"/> updates, with its own optimizer.</summary>
public sealed class TrainedPart : IDisposable
{
    private readonly GradientClipping _clipping;

    internal TrainedPart(string name, FlatParameters parameters, OptimizerOptions options, double? clipNorm)
    {
        Name = name;
        Parameters = parameters;
        BaseLr = options.Lr;
        Optimizer = options.Build(parameters);
        _clipping = new GradientClipping(clipNorm);
    }

    /// <summary>The sub-module's name in the model; empty for the whole model.</summary>
    public string Name { get; }

    /// <summary>The part's parameters and gradients. Backward passes add to the gradients; <see cref="Update"/> clears them.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>The learning rate of the current step: that of the optimizer's options times the schedule's factor.</summary>
    public double Lr { get; internal set; }

    /// <summary>The part's optimizer.</summary>
    internal Optimizer Optimizer { get; }

    /// <summary>The learning rate of the optimizer's options.</summary>
    internal double BaseLr { get; }

    /// <summary>The current step, for errors.</summary>
    internal Progress At { get; set; }

    /// <summary>Updates the part with its gradients, and clears them. A step may update a part more than once, or not at all.</summary>
    /// <returns>The Euclidean norm of the gradients before clipping; null without <see cref="TrainOptions.ClipNorm"/>.</returns>
    /// <exception cref="WorkFailedException">The norm of the gradients is not finite (with <see cref="TrainOptions.ClipNorm"/>).</exception>
    public double? Update()
    {
        Parameters.AttachGradients();
        double? norm = _clipping.Clip(Parameters, At, needsNorm: false);
        Optimizer.Step(Lr);
        return norm;
    }

    /// <summary>Clears the part's gradients without an update: those that the backward pass of another part's loss added.</summary>
    public void ClearGradients()
    {
        Parameters.AttachGradients();
        Parameters.ClearGradients();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        _clipping.Dispose();
        Parameters.Dispose();
    }
}
