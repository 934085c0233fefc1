using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of rows of logits, averaged over the rows, with its gradient in one pass where <see cref="SoftmaxKernel"/> supports
/// it.</summary>
/// <remarks>With weights, the mean is <c>Σ w·loss / Σ w</c> over the rows that count, as PyTorch computes it; with probabilities as targets the
/// divisor is the number of rows.</remarks>
public abstract record SoftmaxCrossEntropy : Objective
{
    /// <summary>The fraction of the target's probability that is distributed over all classes.</summary>
    [Range(0, 1)]
    public double LabelSmoothing { get; init; }

    /// <summary>A target that is left out of loss, gradient and metrics, such as the token of padding; null for none.</summary>
    public long? IgnoreIndex { get; init; }

    /// <inheritdoc/>
    public override long? IgnoredTarget => IgnoreIndex;

    /// <summary>The weight of each class; null for equal weights.</summary>
    private protected virtual IReadOnlyList<double>? Weights => null;

    /// <summary>The value of targets that are left out.</summary>
    private protected virtual long? LeftOut => IgnoreIndex;

    internal override bool IsPortable => true;

    private protected bool IsPlain => LeftOut is null && Weights is null;

    /// <summary>Returns targets in which everything that is left out has the value of <see cref="LeftOut"/>.</summary>
    private protected virtual Tensor Marked(Tensor target) => target;

    /// <summary>Returns logits <c>[rows, classes]</c> and their targets, <c>[rows]</c> or <c>[rows, classes]</c>, as views where possible.</summary>
    private protected abstract (Tensor Logits, Tensor Targets) Rows(Tensor output, Tensor target);

    /// <inheritdoc/>
    public override double? WeightOf(Batch batch)
    {
        if (IsPlain || batch.Target.dtype != ScalarType.Int64)
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        return Divisor(Marked(batch.Target));
    }

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        (Tensor logits, Tensor targets) = Rows(output, batch.Target);
        if (is_grad_enabled() || !IsPlain || !SoftmaxKernel.CanRun(logits, targets))
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
        DirectChain? direct = IsPlain ? DirectChain.Run(model, batch.Inputs) : null;
        (Tensor logits, Tensor targets) = Rows(direct?.Output ?? Objectives.Forward(model, batch), batch.Target);
        if (direct is not null && SoftmaxKernel.CanRun(logits, targets))
        {
            (float value, Tensor ofLogits) = SoftmaxKernel.Run(logits, targets, LabelSmoothing, weight);
            direct.Backward(ofLogits);
            return value;
        }

        if (direct is not null)
        {
            // Targets that only libtorch supports, or refuses.
            (logits, targets) = Rows(Objectives.Forward(model, batch), batch.Target);
        }

        if (!IsPlain || !SoftmaxKernel.CanRun(logits, targets))
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

    private Tensor Loss(Tensor logits, Tensor targets)
    {
        if (!Arithmetic.IsPortable || !SoftmaxRows.CanRun(logits, targets, LeftOut))
        {
            return OfTorch(logits, targets);
        }

        double divisor = targets.dtype == ScalarType.Int64 ? Divisor(targets) : targets.size(0);
        return PortableLoss.Of(logits, x => SoftmaxRows.CrossEntropy(x, targets, LabelSmoothing, Weights, LeftOut, divisor), x => OfTorch(x, targets));
    }

    private Tensor OfTorch(Tensor logits, Tensor targets)
    {
        if (IsPlain)
        {
            return nn.functional.cross_entropy(logits, targets, label_smoothing: LabelSmoothing);
        }

        if (targets.dtype == ScalarType.Int64 && Divisor(targets) == 0)
        {
            // libtorch divides by 0 here. A batch in which nothing counts must not end the training.
            return logits.mul(zeros_like(logits)).sum();
        }

        using Tensor? weights = Weights is { } w ? tensor([.. w.Select(v => (float)v)], device: logits.device) : null;
        return nn.functional.cross_entropy(logits, targets, weights, LeftOut ?? NoIndex, label_smoothing: LabelSmoothing);
    }

    /// <summary>libtorch's default, which is no index of a class.</summary>
    private const long NoIndex = -100;

    /// <summary>Returns the sum of the weights of the rows that count.</summary>
    private double Divisor(Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<double>? weights = Weights;
        long leftOut = LeftOut ?? NoIndex;
        double sum = 0;
        foreach (long target in TensorMemory.Span<long>(targets.cpu().contiguous()))
        {
            // An index that is no class is refused when the loss is computed.
            sum += target == leftOut ? 0 : weights is null || (ulong)target >= (ulong)weights.Count ? 1 : weights[(int)target];
        }

        return sum;
    }
}
