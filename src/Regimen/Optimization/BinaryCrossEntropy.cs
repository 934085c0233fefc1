using Regimen.Catalog;
using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Sigmoid cross-entropy of one logit a sample against the class indices 0 and 1, averaged over the batch: for two classes, of
/// which the second is the positive one.</summary>
[Objective("binary_cross_entropy")]
public sealed record BinaryCrossEntropy : SigmoidCrossEntropy
{
    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Binary;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch.Input);
        return Loss(logits, TargetShape.Like(logits, batch.Target).to(ScalarType.Float32));
    }
}
