using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of each pixel, for masks: logits <c>[batch, classes, height, width]</c> against classes
/// <c>[batch, height, width]</c>, averaged over the pixels that have a class.</summary>
[Objective("pixel_cross_entropy")]
public sealed record PixelCrossEntropy : SoftmaxCrossEntropy
{
    private const string Key = "objective.class_weights";
    private IReadOnlyList<double>? _measured;

    /// <summary>The weight of each class in the loss, which is a weighted mean: balanced for n/(k·n_c), with the n pixels of the training masks in k classes of
    /// which n_c are of class c; or numbers in the order of the classes; null for equal weights.</summary>
    [Range(0, double.MaxValue)]
    public ClassWeights? ClassWeights { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Segmentation;

    /// <inheritdoc/>
    public override Objective For(IReadOnlyList<string> classes)
    {
        MeasuredWeights.Check(ClassWeights, classes, acceptsSingle: false, Key, "classes");
        return this;
    }

    /// <inheritdoc/>
    public override Objective For(IDataset training)
        => ClassWeights is { IsBalanced: true } ? this with { _measured = MeasuredWeights.OfPixels(training, IgnoreIndex, Key) } : For(training.Classes);

    private protected override long? LeftOut => MaskTarget.Ignored;

    private protected override IReadOnlyList<double>? Weights => ClassWeights is { IsBalanced: true } ? _measured ?? throw MeasuredWeights.NotMeasured(Key) : ClassWeights;

    internal override string? Measured(IReadOnlyList<string> classes) => _measured is { } weights ? MeasuredWeights.Describe("class_weights", classes, weights) : null;

    private protected override Tensor Marked(Tensor target) => PixelTargets.Marked(target, IgnoreIndex);

    private protected override (Tensor Logits, Tensor Targets) Rows(Tensor output, Tensor target)
    {
        PixelTargets.Check(output, target);
        return (output.permute(0, 2, 3, 1).reshape(-1, output.size(1)), Marked(target).flatten());
    }
}
