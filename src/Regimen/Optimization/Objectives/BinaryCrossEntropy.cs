using Regimen.Data;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Sigmoid cross-entropy of one logit per sample against the class indices 0 and 1, averaged over the batch, for binary
/// classification.</summary>
[Objective("binary_cross_entropy")]
public sealed record BinaryCrossEntropy : SigmoidCrossEntropy
{
    private int _positive = 1;

    /// <summary>The positive class, whose probability the model predicts and to which precision, recall, F1 and <c>pos_weight</c> refer; null
    /// for the second class of the data.</summary>
    public string? PositiveClass { get; init; }

    /// <inheritdoc/>
    [ConfigIgnore]
    public override PredictionTask Task => PredictionTask.Binary;

    /// <inheritdoc/>
    [ConfigIgnore]
    public override int? PositiveIndex => _positive;

    /// <inheritdoc/>
    public override Objective For(IReadOnlyList<string> classes)
    {
        MeasuredWeights.Check(PosWeight, [classes.ElementAtOrDefault(1) ?? "positive"], acceptsSingle: true, Key, "positive classes");
        int index = PositiveClass is null ? 1 : classes.TakeWhile(c => c != PositiveClass).Count();
        return PositiveClass is null || index < classes.Count
            ? this with { _positive = index }
            : throw new RequestException(new Problem($"The data has no class '{PositiveClass}'")
            {
                Where = "objective.positive_class",
                Expected = $"one of {string.Join(", ", classes.Select(c => $"'{c}'"))}",
                Received = $"'{PositiveClass}'",
                Hint = Spelling.DidYouMean(PositiveClass, classes),
            });
    }

    /// <inheritdoc/>
    public override Objective For(IDataset training)
    {
        var objective = (BinaryCrossEntropy)For(training.Classes);
        return PosWeight.IsBalanced ? objective with { MeasuredPosWeight = MeasuredWeights.OfPositive(training, objective._positive, Key) } : objective;
    }

    internal override string? Measured(IReadOnlyList<string> classes) => MeasuredPosWeight is { } weights ? MeasuredWeights.Describe("pos_weight", [classes[_positive]], weights) : null;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor logits = Objectives.Forward(model, batch);
        Tensor target = TargetShape.Like(logits, batch.Target);
        return Loss(logits, (_positive == 1 ? target : target.logical_not()).to(ScalarType.Float32));
    }
}
