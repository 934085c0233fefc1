using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The focal loss <c>−α·(1−p)^γ·log p</c> of each pixel, for masks, averaged over the pixels that have a class: pixels that are predicted well
/// count less (Lin, Goyal, Girshick, He, Dollár, "Focal Loss for Dense Object Detection", 2017).</summary>
/// <remarks>The mean is over the pixels, not over the weights α. With γ = 0 and no α it is the cross-entropy.</remarks>
[Objective("pixel_focal")]
public sealed record PixelFocal : Objective
{
    private const string Key = "objective.alpha";
    private IReadOnlyList<double>? _measured;

    /// <summary>The exponent γ; 0 for the cross-entropy. Larger values reduce the loss of pixels that are predicted well further.</summary>
    [Range(0, 100)]
    public double Gamma { get; init; } = 2;

    /// <summary>The weight α of each class: balanced for n/(k·n_c), with the n pixels of the training masks in k classes of which n_c are of class c; or
    /// numbers in the order of the classes; null for equal weights.</summary>
    [Range(0, double.MaxValue)]
    public ClassWeights? Alpha { get; init; }

    /// <summary>A class whose pixels are left out of loss, gradient and metrics; null for none.</summary>
    public long? IgnoreIndex { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Segmentation;

    /// <inheritdoc/>
    public override long? IgnoredTarget => IgnoreIndex;

    /// <inheritdoc/>
    public override Objective For(IReadOnlyList<string> classes)
    {
        MeasuredWeights.Check(Alpha, classes, acceptsSingle: false, Key, "classes");
        return this;
    }

    /// <inheritdoc/>
    public override Objective For(IDataset training)
        => Alpha is { IsBalanced: true } ? this with { _measured = MeasuredWeights.OfPixels(training, IgnoreIndex, Key) } : For(training.Classes);

    /// <inheritdoc/>
    public override double? WeightOf(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        return Counted(batch.Target).sum().ToInt64();
    }

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        PixelTargets.Check(output, batch.Target);
        IReadOnlyList<double>? weights = Alpha is { IsBalanced: true } ? _measured ?? throw MeasuredWeights.NotMeasured(Key) : Alpha;
        if (Arithmetic.IsPortable)
        {
            Tensor last = output.permute(0, 2, 3, 1);
            long[] shape = last.shape;
            Tensor rows = last.reshape(-1, output.size(1));
            Tensor target = PixelTargets.Marked(batch.Target, IgnoreIndex).flatten();
            if (SoftmaxRows.CanRun(rows, target, MaskTarget.Ignored))
            {
                double divisor = Math.Max(1, WeightOf(batch)!.Value);
                return new(PortableLoss.Of(rows, x => SoftmaxRows.Focal(x, target, Gamma, weights, MaskTarget.Ignored, divisor), x => OfTorch(x.view(shape).permute(0, 3, 1, 2), batch.Target, weights)), output);
            }
        }

        return new(OfTorch(output, batch.Target, weights), output);
    }

    internal override bool IsPortable => true;

    private Tensor OfTorch(Tensor output, Tensor target, IReadOnlyList<double>? weights)
    {
        Tensor counted = Counted(target);
        using Scalar zero = 0L;
        using Scalar one = 1.0;
        using Scalar gamma = Gamma;
        Tensor classes = target.masked_fill(counted.logical_not(), zero).unsqueeze(1);
        Tensor logs = output.log_softmax(1).gather(1, classes).squeeze(1);
        Tensor losses = Gamma == 0 ? logs.neg() : logs.expm1().neg().pow(gamma).mul(logs).neg();
        if (weights is not null)
        {
            losses = losses.mul(tensor([.. weights.Select(w => (float)w)], device: output.device)[classes.squeeze(1)]);
        }

        // Where no pixel counts, the loss is 0 and not a division by 0.
        Tensor own = counted.to(output.dtype);
        return losses.mul(own).sum().div(own.sum().clamp_min(one));
    }

    internal override string? Measured(IReadOnlyList<string> classes) => _measured is { } weights ? MeasuredWeights.Describe("alpha", classes, weights) : null;

    private Tensor Counted(Tensor target)
    {
        using Scalar ignored = (long)MaskTarget.Ignored;
        return PixelTargets.Marked(target, IgnoreIndex).ne(ignored);
    }
}
