using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Mean squared error against float32 targets, averaged over samples and outputs, for regression.</summary>
[Objective("mse")]
public sealed record Mse : Objective
{
    /// <inheritdoc/>
    public override PredictionTask Task => PredictionTask.Regression;

    /// <inheritdoc/>
    public override Tensor Predict(nn.Module model, Batch batch) => Objectives.Forward(model, batch);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        Tensor target = TargetShape.Like(output, batch.Target);
        return new(Arithmetic.IsPortable ? PortableLoss.Of(output, x => ElementLosses.Mean(default(SquaredLoss), x, target.contiguous(), null), OfTorch) : OfTorch(output), output);

        Tensor OfTorch(Tensor x) => nn.functional.mse_loss(x, target);
    }

    internal override bool IsPortable => true;
}
