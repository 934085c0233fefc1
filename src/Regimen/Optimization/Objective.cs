using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>What training makes small, and how a model's answer is read: (model, batch) → (loss, predictions).</summary>
public abstract record Objective
{
    /// <summary>What the predictions are, by which the metrics are chosen.</summary>
    public abstract PredictionTask Task { get; }

    /// <summary>From which probability on a positive or a label counts as predicted, where the task asks for that.</summary>
    public virtual double DecisionThreshold => 0.5;

    /// <summary>Runs the model on a batch.</summary>
    public abstract ObjectiveResult Compute(nn.Module model, Batch batch);
}

/// <summary>What predictions are.</summary>
public enum PredictionTask
{
    /// <summary>Anything: only the loss is measured.</summary>
    Other,

    /// <summary>Logits or probabilities <c>[batch, classes]</c> against class indices <c>[batch]</c>.</summary>
    Classification,

    /// <summary>Numbers <c>[batch, …]</c> against numbers of the same shape, up to dimensions of size 1.</summary>
    Regression,

    /// <summary>Logits <c>[batch]</c> or <c>[batch, 1]</c> of the second class against class indices 0 and 1 <c>[batch]</c>.</summary>
    Binary,

    /// <summary>Logits <c>[batch, labels]</c> against float32 0 and 1 <c>[batch, labels]</c>.</summary>
    MultiLabel,
}

/// <summary>What an objective gives for a batch.</summary>
/// <param name="Loss">A single value: the mean over the batch's samples.</param>
/// <param name="Predictions">The model's answer, <c>[batch, …]</c>.</param>
public readonly record struct ObjectiveResult(Tensor Loss, Tensor Predictions);
