using System.ComponentModel.DataAnnotations;
using Regimen.Catalog;
using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of logits <c>[batch, classes]</c> against class indices <c>[batch]</c> or, where a
/// loader mixes samples, probabilities <c>[batch, classes]</c>, averaged over the batch.</summary>
[Objective("cross_entropy")]
public sealed record CrossEntropy : Objective
{
    /// <summary>How much of the target's probability is spread over all classes.</summary>
    [Range(0, 1)]
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Classification;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch.Input);
        Tensor loss = nn.functional.cross_entropy(logits, batch.Target, label_smoothing: LabelSmoothing);
        return new(loss, logits);
    }
}
