using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;
using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Sigmoid cross-entropy of logits <c>[batch, labels]</c> against 0 and 1 for each label, averaged over samples and labels: for
/// any number of labels a sample.</summary>
[Objective("multilabel_cross_entropy")]
public sealed record MultilabelCrossEntropy : Objective
{
    /// <summary>How much a label that is there weighs against one that is not: above 1 finds more of them.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double PosWeight { get; init; } = 1;

    /// <summary>Above which probability a label counts as predicted in the metrics; training does not look at it.</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.5;

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.MultiLabel;

    /// <inheritdoc/>
    public override double DecisionThreshold => Threshold;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch.Input);
        return new(SigmoidLoss.Of(logits, TargetShape.Like(logits, batch.Target), PosWeight), logits);
    }
}
