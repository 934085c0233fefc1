using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Metrics;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace OwnParts.Losses;

/// <summary>A step of two forward passes: the cross-entropy of both, and how much their predictions differ under two dropout masks (Liang and
/// others, "R-Drop", 2021).</summary>
[Objective("two_passes")]
public sealed record TwoPasses : Objective
{
    /// <summary>The weight of the difference.</summary>
    [Range(0.0, 1000.0)]
    public double Weight { get; init; } = 1;

    public override PredictionTask Task => PredictionTask.Classification;

    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        ObjectiveResult first = Objectives.CrossEntropy.Compute(model, batch);
        if (!model.training)
        {
            return first;
        }

        ObjectiveResult second = Objectives.CrossEntropy.Compute(model, batch);
        Tensor p = first.Predictions.log_softmax(1);
        Tensor q = second.Predictions.log_softmax(1);

        // The sum of both Kullback-Leibler divergences.
        Tensor difference = (p - q).mul(p.exp() - q.exp()).sum(1).mean();
        using Scalar weight = Weight / 2;
        return new((first.Loss + second.Loss) / 2 + difference.mul(weight), first.Predictions);
    }
}
