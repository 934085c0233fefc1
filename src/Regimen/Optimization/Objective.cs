using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>What training makes small, and how a model's answer is read: (model, batch) → (loss, predictions).</summary>
public abstract record Objective
{
    /// <summary>What the predictions are, by which the metrics are chosen.</summary>
    public abstract PredictionTask Task { get; }

    /// <summary>From which probability on a positive or a label counts as predicted, where the task asks for that.</summary>
    public virtual double DecisionThreshold => 0.5;

    /// <summary>The index of the class that a logit above the threshold stands for, where the task has such a class; set by
    /// <see cref="For"/>.</summary>
    public virtual int? PositiveIndex => null;

    /// <summary>The objective for data of these classes. One whose options name a class knows the class's index from then on.</summary>
    /// <param name="classes">The names of the classes in the order of their indices.</param>
    /// <exception cref="RequestException">The options name a class that the data does not have.</exception>
    public virtual Objective For(IReadOnlyList<string> classes) => this;

    /// <summary>Runs the model on a batch.</summary>
    public abstract ObjectiveResult Compute(nn.Module model, Batch batch);

    /// <summary>Runs the model on a batch and adds the loss's gradients to those of the parameters. An objective that knows its own
    /// gradient may give it to the model's answer directly; loss and gradients are those of <see cref="Compute"/>, to rounding.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="batch">What it learns from.</param>
    /// <param name="weight">What loss and gradients are multiplied by: the batch's part of a step, in (0, 1].</param>
    /// <returns>The loss times the weight.</returns>
    public virtual float Backward(nn.Module model, Batch batch, double weight = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        return Backward(model, Compute(model, batch).Loss, weight);
    }

    /// <summary>Adds a loss's gradients, times a weight, to those of the parameters.</summary>
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

/// <summary>What an objective gives for a batch.</summary>
/// <param name="Loss">A single value: the mean over the batch's samples.</param>
/// <param name="Predictions">The model's answer, <c>[batch, …]</c>.</param>
public readonly record struct ObjectiveResult(Tensor Loss, Tensor Predictions);
