using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>What training makes small, and how a model's answer is read: (model, batch) → (loss, predictions).</summary>
public abstract record Objective
{
    /// <summary>What the predictions are, by which the metrics are chosen.</summary>
    public abstract PredictionTask Task { get; }

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
}

/// <summary>What an objective gives for a batch.</summary>
/// <param name="Loss">A single value: the mean over the batch's samples.</param>
/// <param name="Predictions">The model's answer, <c>[batch, …]</c>.</param>
public readonly record struct ObjectiveResult(Tensor Loss, Tensor Predictions);
