using Regimen.Data;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Sigmoid cross-entropy of logits <c>[batch, labels]</c> against 0 and 1 for each label, averaged over samples and labels, for
/// multi-label classification.</summary>
[Objective("multilabel_cross_entropy")]
public sealed record MultilabelCrossEntropy : SigmoidCrossEntropy
{
    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.MultiLabel;

    /// <inheritdoc/>
    public override Objective For(IReadOnlyList<string> classes)
    {
        MeasuredWeights.Check(PosWeight, classes, acceptsSingle: true, Key, "labels");
        return this;
    }

    /// <inheritdoc/>
    public override Objective For(IDataset training)
        => PosWeight.IsBalanced ? this with { MeasuredPosWeight = MeasuredWeights.OfLabels(training, Key) } : For(training.Classes);

    internal override string? Measured(IReadOnlyList<string> classes) => MeasuredPosWeight is { } weights ? MeasuredWeights.Describe("pos_weight", classes, weights) : null;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch);
        return Loss(logits, TargetShape.Like(logits, batch.Target));
    }
}
