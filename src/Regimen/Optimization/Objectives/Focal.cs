using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The focal loss <c>−α·(1−p)^γ·log p</c> of the target's softmax probability p, averaged over the batch: samples that are predicted well count
/// less (Lin, Goyal, Girshick, He, Dollár, "Focal Loss for Dense Object Detection", 2017). Logits <c>[batch, classes]</c> against class indices
/// <c>[batch]</c> or, with mixup, probabilities <c>[batch, classes]</c>.</summary>
/// <remarks>The mean is over the samples, not over the weights α. With γ = 0 and no α it is the cross-entropy.</remarks>
[Objective("focal")]
public sealed record Focal : Objective
{
    private const string Key = "objective.alpha";
    private IReadOnlyList<double>? _measured;

    /// <summary>The exponent γ; 0 for the cross-entropy. Larger values reduce the loss of samples that are predicted well further.</summary>
    [Range(0, 100)]
    public double Gamma { get; init; } = 2;

    /// <summary>The weight α of each class: balanced for n/(k·n_c), with the n samples of the training set in k classes of which n_c are of class c; or
    /// numbers in the order of the classes; null for equal weights.</summary>
    [Range(0, double.MaxValue)]
    public ClassWeights? Alpha { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Classification;

    /// <inheritdoc/>
    public override Objective For(IReadOnlyList<string> classes)
    {
        MeasuredWeights.Check(Alpha, classes, acceptsSingle: false, Key, "classes");
        return this;
    }

    /// <inheritdoc/>
    public override Objective For(IDataset training)
        => Alpha is { IsBalanced: true } ? this with { _measured = MeasuredWeights.OfClasses(training, ignored: null, Key) } : For(training.Classes);

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        IReadOnlyList<double>? weights = Alpha is { IsBalanced: true } ? _measured ?? throw MeasuredWeights.NotMeasured(Key) : Alpha;
        Tensor target = batch.Target;
        return new(
            Arithmetic.IsPortable && SoftmaxRows.CanRun(output, target, leftOut: null)
                ? PortableLoss.Of(output, x => SoftmaxRows.Focal(x, target, Gamma, weights, leftOut: null, x.size(0)), x => OfTorch(x, target, weights))
                : OfTorch(output, target, weights),
            output);
    }

    internal override bool IsPortable => true;

    private Tensor OfTorch(Tensor output, Tensor target, IReadOnlyList<double>? weights)
    {
        using Scalar gamma = Gamma;
        Tensor logs = output.log_softmax(1);
        Tensor losses = Gamma == 0 ? logs.neg() : logs.expm1().neg().pow(gamma).mul(logs).neg();
        if (weights is not null)
        {
            losses = losses.mul(tensor([.. weights.Select(w => (float)w)], device: output.device));
        }

        Tensor own = target.dtype == ScalarType.Int64 ? losses.gather(1, target.unsqueeze(1)) : losses.mul(target).sum(1);
        return own.mean();
    }

    internal override string? Measured(IReadOnlyList<string> classes) => _measured is { } weights ? MeasuredWeights.Describe("alpha", classes, weights) : null;
}
