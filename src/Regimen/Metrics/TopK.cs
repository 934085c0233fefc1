using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The fraction of samples whose class is among the <see cref="K"/> highest logits, for example <c>top_3_accuracy</c>; from 0 to 1.</summary>
/// <remarks>As scikit-learn's <c>top_k_accuracy_score</c>. Among equal logits, the lowest indices are chosen. A sample with a NaN logit is
/// never correct.</remarks>
[Metric("top_k")]
public sealed record TopK : Metric
{
    /// <summary>The number of highest logits to consider.</summary>
    [Range(1, 1_000_000)]
    public int K { get; init; } = 3;

    /// <inheritdoc/>
    public override IMetric Create(MetricContext context) => new Count(K, context.IgnoredTarget);

    internal override bool IsPortable => true;

    private sealed class Count(int k, long? ignored) : IMetric
    {
        private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"top_{k}_accuracy");
        private long _samples;
        private long _found;

        public IReadOnlyList<MetricName> Names => field ??= [new(_name, MonitorMode.Max) { IsFraction = true }];

        public IReadOnlyDictionary<string, double> Values => new Dictionary<string, double> { [_name] = _samples == 0 ? double.NaN : (double)_found / _samples };

        public void Add(Tensor predictions, Batch batch)
        {
            if (predictions.dim() != 2 || batch.Target.dtype != ScalarType.Int64 || batch.Target.dim() != 1)
            {
                throw new RequestException(new Problem("The metric top_k is for logits of classes")
                {
                    Expected = "predictions [batch, classes] and class indices [batch]",
                    Received = $"{MetricTensors.Shape(predictions)} and {MetricTensors.Describe(batch.Target)}",
                });
            }

            (predictions, Tensor targets) = MetricTensors.Counted(predictions, batch.Target, ignored);
            Tensor target = targets.unsqueeze(1);
            Tensor own = predictions.gather(1, target);
            Tensor isLower = arange(predictions.size(1), device: predictions.device).unsqueeze(0).lt(target);
            Tensor ahead = predictions.gt(own).logical_or(predictions.eq(own).logical_and(isLower)).sum(1);
            Tensor isNumber = predictions.isnan().any(1).logical_not();
            using Scalar limit = k;
            _found += ahead.lt(limit).logical_and(isNumber).sum().ToInt64();
            _samples += targets.size(0);
        }

        public void Merge(IMetric other)
        {
            Count more = MetricMerge.As<Count>(other);
            _samples += more._samples;
            _found += more._found;
        }
    }
}
