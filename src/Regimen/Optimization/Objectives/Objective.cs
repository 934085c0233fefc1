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

    /// <summary>The index of the positive class, for tasks that have one; set by <see cref="For(IReadOnlyList{string})"/>.</summary>
    public virtual int? PositiveIndex => null;

    /// <summary>Returns the objective for data with these classes. If the options name a class, the result has the index of that class.</summary>
    /// <param name="classes">The names of the classes in the order of their indices.</param>
    /// <exception cref="RequestException">The options name a class that the data does not have.</exception>
    public virtual Objective For(IReadOnlyList<string> classes) => this;

    /// <summary>Returns the objective for this training set: that of the overload for classes, with what it measures on the training
    /// samples, such as balanced class weights. The trainer calls it once, before the first step.</summary>
    /// <param name="training">The training set.</param>
    /// <exception cref="RequestException">The options do not fit the data.</exception>
    public virtual Objective For(IDataset training) => For(training.Classes);

    /// <summary>The names of the loss's parts, such as <c>reconstruction</c> and <c>kl</c>, which <see cref="ObjectiveResult.Parts"/> has for each batch.
    /// They are metrics of training, validation and test, of which a lower value is better. Default: none.</summary>
    public virtual IReadOnlyList<string> Parts => [];

    /// <summary>The class index or token that is left out of loss and metrics where it is the target; null for none.</summary>
    public virtual long? IgnoredTarget => null;

    /// <summary>Returns the divisor of the batch's mean, if the loss is not a mean over samples: the sum of weights, or the number of positions that
    /// count. Means over several batches are weighted with it, so that they equal the mean over all. Null for the number of samples.</summary>
    /// <param name="batch">The batch.</param>
    public virtual double? WeightOf(Batch batch) => null;

    /// <summary>What was measured on the training samples, for the log; null for nothing.</summary>
    internal virtual string? Measured(IReadOnlyList<string> classes) => null;

    /// <summary>Whether loss and gradient have the same bits on every machine with <see cref="Engine.Bits.Portable"/>.</summary>
    internal virtual bool IsPortable => false;

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

    /// <summary>As <see cref="Backward(nn.Module, Batch, double)"/>, and adds the parts of the loss, times the weight, to their sums. An objective with
    /// <see cref="Parts"/> that computes its own gradient overrides this method.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="weight">The factor of loss, parts and gradients.</param>
    /// <param name="parts">The sums of the parts.</param>
    /// <returns>The loss times the weight.</returns>
    public virtual float Backward(nn.Module model, Batch batch, double weight, LossParts parts)
    {
        if (Parts.Count == 0)
        {
            return Backward(model, batch, weight);
        }

        using DisposeScope scope = NewDisposeScope();
        ObjectiveResult result = Compute(model, batch);
        parts.Add(result, weight);
        return Backward(model, result.Loss, weight);
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

        return FlatParameters.Of(model) is { KeepLoss: { } keep } ? keep(loss) : loss.ToSingle();
    }
}

/// <summary>The result of an objective for a batch.</summary>
/// <param name="Loss">A single value: the mean over the batch's samples.</param>
/// <param name="Predictions">The model's output, <c>[batch, …]</c>.</param>
public readonly record struct ObjectiveResult(Tensor Loss, Tensor Predictions)
{
    /// <summary>The parts of the loss by name, each a single value that is a mean like the loss, in the order of <see cref="Objective.Parts"/>. They are
    /// recorded; how they add up to the loss is the objective's business.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parts { get => field ?? []; init; }
}
