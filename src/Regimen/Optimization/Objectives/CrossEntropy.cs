using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of logits <c>[batch, classes]</c> against class indices <c>[batch]</c> or, with mixup, probabilities
/// <c>[batch, classes]</c>, averaged over the batch.</summary>
[Objective("cross_entropy")]
public sealed record CrossEntropy : SoftmaxCrossEntropy
{
    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Classification;

    private protected override (Tensor Logits, Tensor Targets) Rows(Tensor output, Tensor target) => (output, target);
}
