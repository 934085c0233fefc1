using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The common base of <see cref="BinaryCrossEntropy"/> and <see cref="MultilabelCrossEntropy"/>: each logit is an independent
/// probability.</summary>
public abstract record SigmoidCrossEntropy : Objective
{
    /// <summary>The weight of a positive sample or label relative to a negative one. A value above 1 increases recall at the cost of
    /// precision.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double PosWeight { get; init; } = 1;

    /// <summary>The probability above which a sample counts as positive, or a label as predicted, in the metrics. It does not affect
    /// training.</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.5;

    /// <inheritdoc/>
    public override double DecisionThreshold => Threshold;

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <summary>Computes the mean loss of logits against float32 0 and 1 of the same shape.</summary>
    private protected ObjectiveResult Loss(Tensor logits, Tensor target)
    {
        using Tensor? weight = PosWeight == 1 ? null : tensor((float)PosWeight, device: logits.device);
        return new(nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weights: weight), logits);
    }
}
