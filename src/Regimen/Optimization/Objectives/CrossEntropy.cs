using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of logits <c>[batch, classes]</c> against class indices <c>[batch]</c> or, with mixup, probabilities
/// <c>[batch, classes]</c>, averaged over the batch.</summary>
[Objective("cross_entropy")]
public sealed record CrossEntropy : Objective
{
    /// <summary>The fraction of the target's probability that is distributed over all classes.</summary>
    [Range(0, 1)]
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Classification;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch);
        if (is_grad_enabled() || !SoftmaxKernel.CanRun(logits, batch.Target))
        {
            return new(Loss(logits, batch.Target), logits);
        }

        // The fused kernel is the fastest way to the loss even without a gradient.
        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, batch.Target, LabelSmoothing, weight: 1);
        gradient.Dispose();
        return new(tensor(loss), logits);
    }

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override float Backward(nn.Module model, Batch batch, double weight = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = Objectives.Forward(model, batch);
        if (!SoftmaxKernel.CanRun(logits, batch.Target))
        {
            return Backward(model, Loss(logits, batch.Target), weight);
        }

        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, batch.Target, LabelSmoothing, weight);
        using (FlatParameters.GatherFor(model))
        {
            logits.backward([gradient]);
        }

        return loss;
    }

    private Tensor Loss(Tensor logits, Tensor target) => nn.functional.cross_entropy(logits, target, label_smoothing: LabelSmoothing);
}
