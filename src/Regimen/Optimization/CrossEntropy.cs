using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of logits <c>[batch, classes]</c> against class indices <c>[batch]</c> or, where a
/// loader mixes samples, probabilities <c>[batch, classes]</c>, averaged over the batch.</summary>
[Objective("cross_entropy")]
public sealed record CrossEntropy : Objective
{
    /// <summary>How much of the target's probability is spread over all classes.</summary>
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

        // Where nobody wants the gradient, the one pass that makes it is still the shortest way to the loss.
        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, batch.Target, LabelSmoothing, weight: 1);
        gradient.Dispose();
        return new(tensor(loss), logits);
    }

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
