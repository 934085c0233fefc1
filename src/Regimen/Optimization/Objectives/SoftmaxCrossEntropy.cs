using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of rows of logits, averaged over the rows, with its gradient in one pass where <see cref="SoftmaxKernel"/> supports
/// it.</summary>
public abstract record SoftmaxCrossEntropy : Objective
{
    /// <summary>The fraction of the target's probability that is distributed over all classes.</summary>
    [Range(0, 1)]
    public double LabelSmoothing { get; init; }

    /// <summary>Returns logits <c>[rows, classes]</c> and their targets, <c>[rows]</c> or <c>[rows, classes]</c>, as views where possible.</summary>
    private protected abstract (Tensor Logits, Tensor Targets) Rows(Tensor output, Tensor target);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        (Tensor logits, Tensor targets) = Rows(output, batch.Target);
        if (is_grad_enabled() || !SoftmaxKernel.CanRun(logits, targets))
        {
            return new(Loss(logits, targets), output);
        }

        // The fused kernel is the fastest way to the loss even without a gradient.
        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, targets, LabelSmoothing, weight: 1);
        gradient.Dispose();
        return new(tensor(loss), output);
    }

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override float Backward(nn.Module model, Batch batch, double weight = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor logits, Tensor targets) = Rows(Objectives.Forward(model, batch), batch.Target);
        if (!SoftmaxKernel.CanRun(logits, targets))
        {
            return Backward(model, Loss(logits, targets), weight);
        }

        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, targets, LabelSmoothing, weight);
        using (FlatParameters.GatherFor(model))
        {
            logits.backward([gradient]);
        }

        return loss;
    }

    private Tensor Loss(Tensor logits, Tensor targets) => nn.functional.cross_entropy(logits, targets, label_smoothing: LabelSmoothing);
}
