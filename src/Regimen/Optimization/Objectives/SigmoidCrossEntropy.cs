using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The common base of <see cref="BinaryCrossEntropy"/> and <see cref="MultilabelCrossEntropy"/>: each logit is an independent
/// probability.</summary>
public abstract record SigmoidCrossEntropy : Objective
{
    private protected const string Key = "objective.pos_weight";

    /// <summary>The weight of a positive sample or label relative to a negative one: balanced for the negative samples of the training set per positive
    /// one; or a number; or a number for each label. A value above 1 increases recall at the cost of precision.</summary>
    [AcceptsSingle]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public ClassWeights PosWeight { get; init; } = 1;

    /// <summary>The probability above which a sample counts as positive, or a label as predicted, in the metrics. It does not affect
    /// training.</summary>
    [Range(0.0, 1.0)]
    public double Threshold { get; init; } = 0.5;

    /// <inheritdoc/>
    public override double DecisionThreshold => Threshold;

    /// <summary>The measured weights; null where <see cref="PosWeight"/> states them.</summary>
    private protected IReadOnlyList<double>? MeasuredPosWeight { get; init; }

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <summary>Computes the mean loss of logits against float32 0 and 1 of the same shape.</summary>
    private protected ObjectiveResult Loss(Tensor logits, Tensor target)
    {
        IReadOnlyList<double> weights = PosWeight.IsBalanced ? MeasuredPosWeight ?? throw MeasuredWeights.NotMeasured(Key) : PosWeight;
        using Tensor? weight = weights is [1] ? null : weights is [double only] ? tensor((float)only, device: logits.device)
            : tensor([.. weights.Select(w => (float)w)], device: logits.device);
        if (!Arithmetic.IsPortable)
        {
            return new(nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weights: weight), logits);
        }

        Tensor? each = weight?.expand_as(logits).contiguous();
        float[]? own = weights is [1] ? null : [.. weights.Select(w => (float)w)];
        return new(PortableLoss.Of(logits, x => ElementLosses.Mean(default(SigmoidLoss), x, target.contiguous(), each), OfTorch), logits);

        Tensor OfTorch(Tensor x)
        {
            using Tensor? again = own is null ? null : own.Length == 1 ? tensor(own[0]) : tensor(own);
            return nn.functional.binary_cross_entropy_with_logits(x, target, pos_weights: again);
        }
    }

    internal override bool IsPortable => true;
}
