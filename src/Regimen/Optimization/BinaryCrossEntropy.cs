using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;
using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Sigmoid cross-entropy of one logit a sample against the class indices 0 and 1, averaged over the batch: for two classes, of
/// which the second is the positive one.</summary>
[Objective("binary_cross_entropy")]
public sealed record BinaryCrossEntropy : Objective
{
    /// <summary>How much a positive sample weighs against a negative one: above 1 finds more of the positives.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double PosWeight { get; init; } = 1;

    /// <summary>Above which probability a sample counts as positive in the metrics; training does not look at it.</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.5;

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Binary;

    /// <inheritdoc/>
    public override double DecisionThreshold => Threshold;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch.Input);
        Tensor target = TargetShape.Like(logits, batch.Target).to(ScalarType.Float32);
        return new(SigmoidLoss.Of(logits, target, PosWeight), logits);
    }
}
