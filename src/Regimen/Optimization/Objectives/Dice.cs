using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The soft Dice loss of masks, <c>1 − mean over classes of (2·Σpy + s) / (Σp + Σy + s)</c>, with the softmax probability p and the target y, 0 or
/// 1, of each pixel of an image; averaged over the images. Small classes count as much as large ones (Milletari, Navab, Ahmadi, "V-Net: Fully Convolutional
/// Neural Networks for Volumetric Medical Image Segmentation", 2016). Optionally with the cross-entropy.</summary>
/// <remarks>Each image has its own sums, so that the loss is a mean over images for any division into batches. The cross-entropy is likewise the mean
/// over the pixels of an image, then over the images. Pixels without a class are in no sum.</remarks>
[Objective("dice")]
public sealed record Dice : Objective
{
    private const string DicePart = "dice_loss";
    private const string CrossEntropyPart = "cross_entropy";

    /// <summary>The number s that is added to numerator and denominator: a class that is in neither target nor prediction then has a loss near 0.</summary>
    [Range(0, 1e6, MinimumIsExclusive = true)]
    public double Smooth { get; init; } = 1;

    /// <summary>The weight of the cross-entropy that is added to the loss; 0 for none. Both are recorded as parts of the loss, dice_loss and
    /// cross_entropy.</summary>
    [Range(0, 1e6)]
    public double CrossEntropy { get; init; }

    /// <summary>A class whose pixels are left out of loss, gradient and metrics; null for none.</summary>
    public long? IgnoreIndex { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Segmentation;

    /// <inheritdoc/>
    public override long? IgnoredTarget => IgnoreIndex;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Parts => CrossEntropy > 0 ? [DicePart, CrossEntropyPart] : [];

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        PixelTargets.Check(output, batch.Target);
        return Arithmetic.IsPortable && Portable(output, batch.Target) is { } own ? own : OfTorch(output, batch.Target);
    }

    internal override bool IsPortable => true;

    /// <summary>Returns the result with portable bits; null for outputs and targets that only libtorch supports, or refuses.</summary>
    private ObjectiveResult? Portable(Tensor output, Tensor target)
    {
        Tensor last = output.permute(0, 2, 3, 1);
        long[] shape = last.shape;
        Tensor rows = last.reshape(-1, output.size(1));
        Tensor classes = PixelTargets.Marked(target, IgnoreIndex).flatten();
        if (Autocast.IsOn || !SoftmaxRows.CanRun(rows, classes, MaskTarget.Ignored))
        {
            return null;
        }

        (double dice, double entropy) = (0, 0);
        Tensor loss = PortableLoss.Of(rows, Losses, x => OfTorch(x.view(shape).permute(0, 3, 1, 2), target).Loss);
        return new(loss, output) { Parts = CrossEntropy == 0 ? [] : [(DicePart, tensor((float)dice)), (CrossEntropyPart, tensor((float)entropy))] };

        (double Loss, Tensor Gradient) Losses(Tensor x)
        {
            (dice, entropy, Tensor gradient) = DiceRows.Of(x, classes, (int)shape[0], Smooth, CrossEntropy);
            return (CrossEntropy == 0 ? dice : dice + (CrossEntropy * entropy), gradient);
        }
    }

    private ObjectiveResult OfTorch(Tensor output, Tensor target)
    {
        using Scalar ignored = (long)MaskTarget.Ignored;
        using Scalar zero = 0L;
        using Scalar one = 1.0;
        using Scalar two = 2.0;
        using Scalar smooth = Smooth;
        Tensor counted = PixelTargets.Marked(target, IgnoreIndex).ne(ignored).unsqueeze(1).to(output.dtype);
        Tensor classes = target.mul(counted.squeeze(1).to(ScalarType.Int64)).unsqueeze(1);
        Tensor logs = output.log_softmax(1);
        Tensor p = logs.exp().mul(counted);
        Tensor y = zeros_like(output).scatter_(1, classes, ones_like(output)).mul(counted);
        Tensor both = p.mul(y).sum([2, 3]);
        Tensor each = p.sum([2, 3]).add(y.sum([2, 3])).add(smooth);
        Tensor dice = both.mul(two).add(smooth).div(each).mean([1]).neg().add(one).mean();
        if (CrossEntropy == 0)
        {
            return new(dice, output);
        }

        using Scalar weight = CrossEntropy;
        Tensor pixels = counted.sum([1, 2, 3]).clamp_min(one);
        Tensor entropy = logs.mul(y).sum([1, 2, 3]).neg().div(pixels).mean();
        return new(dice.add(entropy.mul(weight)), output) { Parts = [(DicePart, dice), (CrossEntropyPart, entropy)] };
    }
}
