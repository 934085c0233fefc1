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
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch);
        return Loss(logits, TargetShape.Like(logits, batch.Target));
    }
}
