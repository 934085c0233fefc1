using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using static TorchSharp.torch;

namespace OwnParts.Metrics;

/// <summary>The largest absolute error of a regression, in the target's own units.</summary>
[Metric("max_error")]
public sealed record MaxError : Metric
{
    public override IMetric Create(MetricContext context) => new Largest(context.Scale);

    private sealed class Largest(TargetScale? scale) : IMetric
    {
        private double _largest = double.NaN;

        public IReadOnlyList<MetricName> Names { get; } = [new("max_error", MonitorMode.Min)];

        public IReadOnlyDictionary<string, double> Values => new Dictionary<string, double> { ["max_error"] = _largest };

        public void Add(Tensor predictions, Batch batch)
        {
            using Tensor outputs = predictions.cpu().contiguous();
            using Tensor targets = batch.Target.cpu().contiguous();
            ReadOnlySpan<float> predicted = TensorMemory.Span<float>(outputs);
            ReadOnlySpan<float> expected = TensorMemory.Span<float>(targets);
            for (int i = 0; i < expected.Length; i++)
            {
                double error = Math.Abs((scale?.From(predicted[i], 0) ?? predicted[i]) - (scale?.From(expected[i], 0) ?? expected[i]));
                _largest = double.IsNaN(_largest) ? error : Math.Max(_largest, error);
            }
        }

        public void Merge(IMetric other) => _largest = Math.Max(_largest, ((Largest)other)._largest);
    }
}
