using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Metrics;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace OwnParts.Losses;

/// <summary>The pinball loss: the model learns a quantile of the target, not its mean (Koenker and Bassett, 1978).</summary>
[Objective("pinball")]
public sealed record Pinball : Objective
{
    /// <summary>The quantile; 0.5 is the median.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Quantile { get; init; } = 0.5;

    public override PredictionTask Task => new QuantileTask(Quantile);

    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor predicted = Objectives.Forward(model, batch).flatten();
        Tensor error = batch.Target - predicted;
        return new(maximum(error * Quantile, error * (Quantile - 1)).mean(), predicted);
    }
}

/// <summary>A task of its own: numbers as targets, one output, and the part of the targets below the prediction, which should be the
/// quantile.</summary>
public sealed class QuantileTask(double quantile) : PredictionTask
{
    public override string Name => "quantile regression";

    public override TargetKind Targets => TargetKind.Values;

    public override string? ExpectedInsteadOf(DatasetTarget target, IReadOnlyList<string> classes)
        => target is { Kind: TargetKind.Values, Size: 1 } ? null : "one number as a target";

    public override IMetric? CreateMetrics(MetricContext context) => new Coverage(quantile);

    private sealed class Coverage(double quantile) : IMetric
    {
        private long _below;
        private long _samples;

        public IReadOnlyList<MetricName> Names { get; } =
        [
            new("below", MonitorMode.Max) { IsFraction = true },
            new("coverage_error", MonitorMode.Min) { IsFraction = true },
        ];

        public IReadOnlyDictionary<string, double> Values
        {
            get
            {
                double below = (double)_below / _samples;
                return new Dictionary<string, double> { ["below"] = below, ["coverage_error"] = Math.Abs(below - quantile) };
            }
        }

        public void Add(Tensor predictions, Batch batch)
        {
            _below += batch.Target.lt(predictions.flatten()).sum().ToInt64();
            _samples += batch.Count;
        }

        public void Merge(IMetric other)
        {
            _below += ((Coverage)other)._below;
            _samples += ((Coverage)other)._samples;
        }
    }
}
