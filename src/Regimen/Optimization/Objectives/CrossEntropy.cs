using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Softmax cross-entropy of logits <c>[batch, classes]</c> against class indices <c>[batch]</c> or, with mixup, probabilities
/// <c>[batch, classes]</c>, averaged over the batch.</summary>
[Objective("cross_entropy")]
public sealed record CrossEntropy : SoftmaxCrossEntropy
{
    private const string Key = "objective.class_weights";
    private IReadOnlyList<double>? _measured;

    /// <summary>The weight of each class in the loss, which is a weighted mean: balanced for n/(k·n_c), with the n samples of the training set in k classes of
    /// which n_c are of class c; or numbers in the order of the classes; null for equal weights.</summary>
    [Range(0, double.MaxValue)]
    public ClassWeights? ClassWeights { get; init; }

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Classification;

    /// <inheritdoc/>
    public override Objective For(IReadOnlyList<string> classes)
    {
        MeasuredWeights.Check(ClassWeights, classes, acceptsSingle: false, Key, "classes");
        return this;
    }

    /// <inheritdoc/>
    public override Objective For(IDataset training)
        => ClassWeights is { IsBalanced: true } ? this with { _measured = MeasuredWeights.OfClasses(training, IgnoreIndex, Key) } : For(training.Classes);

    private protected override IReadOnlyList<double>? Weights => ClassWeights is { IsBalanced: true } ? _measured ?? throw MeasuredWeights.NotMeasured(Key) : ClassWeights;

    internal override string? Measured(IReadOnlyList<string> classes) => _measured is { } weights ? MeasuredWeights.Describe("class_weights", classes, weights) : null;

    private protected override (Tensor Logits, Tensor Targets) Rows(Tensor output, Tensor target) => (output, target);
}
