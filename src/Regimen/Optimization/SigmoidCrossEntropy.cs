using System.ComponentModel.DataAnnotations;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>What <see cref="BinaryCrossEntropy"/> and <see cref="MultilabelCrossEntropy"/> have in common: logits, each of which says by
/// itself how likely something is.</summary>
public abstract record SigmoidCrossEntropy : Objective
{
    /// <summary>How much a positive sample, or a label that is there, weighs against a negative one: above 1 finds more of the
    /// positives.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double PosWeight { get; init; } = 1;

    /// <summary>Above which probability a sample counts as positive, or a label as predicted, in the metrics; training does not look at
    /// it.</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.5;

    /// <inheritdoc/>
    public override double DecisionThreshold => Threshold;

    /// <summary>The loss of logits against float32 0 and 1 of the same shape, averaged over all.</summary>
    private protected ObjectiveResult Loss(Tensor logits, Tensor target)
    {
        using Tensor? weight = PosWeight == 1 ? null : tensor((float)PosWeight, device: logits.device);
        return new(nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weights: weight), logits);
    }
}
