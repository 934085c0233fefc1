using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The loss to minimise and the predictions, computed from the model's output: (model, batch) → (loss, predictions).</summary>
public abstract record Objective
{
    /// <summary>The prediction task, which determines the metrics.</summary>
    public abstract PredictionTask Task { get; }

    /// <summary>The probability above which a positive or a label counts as predicted, for tasks that need it.</summary>
    public virtual double DecisionThreshold => 0.5;

    /// <summary>The index of the positive class, for tasks that have one; set by <see cref="For"/>.</summary>
    public virtual int? PositiveIndex => null;

    /// <summary>Returns the objective for data with these classes. If the options name a class, the result has the index of that class.</summary>
    /// <param name="classes">The names of the classes in the order of their indices.</param>
    /// <exception cref="RequestException">The options name a class that the data does not have.</exception>
    public virtual Objective For(IReadOnlyList<string> classes) => this;

    /// <summary>Runs the model on a batch.</summary>
    public abstract ObjectiveResult Compute(nn.Module model, Batch batch);

    /// <summary>Runs the model on a batch whose targets are not known, and returns the predictions that <see cref="Compute"/> gives. By default
    /// it calls <see cref="Compute"/>, so the batch must have a target: zeros of its shape. An objective whose predictions are the model's output
    /// needs no target and overrides it with <see cref="Objectives.Forward(nn.Module, Batch)"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    public virtual Tensor Predict(nn.Module model, Batch batch) => Compute(model, batch).Predictions;

    /// <summary>Runs the model on a batch and adds the gradients of the loss to those of the parameters. An objective that computes its own
    /// gradient may start the backward pass from the model's output with it. Loss and gradients equal those of <see cref="Compute"/> up to
    /// rounding.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="weight">The factor of loss and gradients: the fraction of the step's samples that are in the batch, in (0, 1].</param>
    /// <returns>The loss times the weight.</returns>
    public virtual float Backward(nn.Module model, Batch batch, double weight = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        return Backward(model, Compute(model, batch).Loss, weight);
    }

    /// <summary>Adds the gradients of a loss, times a weight, to those of the parameters.</summary>
    /// <returns>The loss times the weight.</returns>
    private protected static float Backward(nn.Module model, Tensor loss, double weight)
    {
        if (weight != 1)
        {
            using var factor = (Scalar)weight;
            loss = loss.mul(factor);
        }

        using (FlatParameters.GatherFor(model))
        {
            loss.backward();
        }

        return loss.ToSingle();
    }
}

/// <summary>The result of an objective for a batch.</summary>
/// <param name="Loss">A single value: the mean over the batch's samples.</param>
/// <param name="Predictions">The model's output, <c>[batch, …]</c>.</param>
public readonly record struct ObjectiveResult(Tensor Loss, Tensor Predictions);
