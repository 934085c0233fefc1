using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>The Huber loss against float32 targets, averaged over samples and outputs: regression that is less sensitive to outliers
/// (Huber, "Robust Estimation of a Location Parameter", 1964).</summary>
[Objective("huber")]
public sealed record Huber : Objective
{
    /// <summary>The error up to which the loss is quadratic; beyond it, the loss is linear. In the units of the training target: in standard
    /// deviations if data.scale_target scales it.</summary>
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double Delta { get; init; } = 1;

    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Regression;

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        Tensor target = TargetShape.Like(output, batch.Target);
        return new(Arithmetic.IsPortable ? PortableLoss.Of(output, x => ElementLosses.Mean(new HuberLoss((float)Delta), x, target.contiguous(), null), OfTorch) : OfTorch(output), output);

        Tensor OfTorch(Tensor x) => nn.functional.huber_loss(x, target, Delta);
    }

    internal override bool IsPortable => true;
}
