using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The expected calibration error of class probabilities: the mean distance between confidence and accuracy over bins of equal width,
/// weighted by their samples; from 0 (calibrated) to 1.</summary>
/// <remarks>Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017: 15 bins of the highest softmax probability, each
/// open below and closed above.</remarks>
[Metric("calibration_error")]
public sealed record CalibrationError : Metric
{
    private const string Name = "calibration_error";

    /// <summary>The number of bins from 0 to 1.</summary>
    [Range(1, 10_000)]
    public int Bins { get; init; } = 15;

    /// <inheritdoc/>
    public override IMetric Create(MetricContext context) => new Sums(Bins, context.IgnoredTarget);

    private sealed class Sums(int bins, long? ignored) : IMetric
    {
        private readonly double[] _confidence = new double[bins];
        private readonly long[] _correct = new long[bins];
        private long _samples;

        public IReadOnlyList<MetricName> Names { get; } = [new(Name, MonitorMode.Min) { IsFraction = true }];

        public IReadOnlyDictionary<string, double> Values
            => new Dictionary<string, double> { [Name] = _samples == 0 ? double.NaN : _confidence.Zip(_correct, (c, n) => Math.Abs(c - n)).Sum() / _samples };

        public void Add(Tensor predictions, Batch batch)
        {
            if (predictions.dim() != 2 || batch.Target.dtype != ScalarType.Int64 || batch.Target.dim() != 1)
            {
                throw new RequestException(new Problem("The metric calibration_error is for logits of classes")
                {
                    Expected = "predictions [batch, classes] and class indices [batch]",
                    Received = $"{MetricTensors.Shape(predictions)} and {MetricTensors.Describe(batch.Target)}",
                });
            }

            (predictions, Tensor targets) = MetricTensors.Counted(predictions, batch.Target, ignored);
            if (targets.size(0) == 0)
            {
                return;
            }

            (Tensor highest, Tensor classes) = predictions.to(ScalarType.Float64).softmax(1).cpu().max(1);
            Tensor correct = classes.eq(targets.cpu()).to(ScalarType.Int64).contiguous();
            highest = highest.contiguous();
            ReadOnlySpan<double> confidences = TensorMemory.Span<double>(highest);
            ReadOnlySpan<long> hits = TensorMemory.Span<long>(correct);
            for (int i = 0; i < confidences.Length; i++)
            {
                int bin = Math.Clamp((int)Math.Ceiling(confidences[i] * bins) - 1, 0, bins - 1);
                _confidence[bin] += confidences[i];
                _correct[bin] += hits[i];
            }

            _samples += targets.size(0);
        }

        public void Merge(IMetric other)
        {
            Sums more = MetricMerge.As<Sums>(other);
            ArgumentOutOfRangeException.ThrowIfNotEqual(more._correct.Length, bins, nameof(other));
            for (int i = 0; i < bins; i++)
            {
                _confidence[i] += more._confidence[i];
                _correct[i] += more._correct[i];
            }

            _samples += more._samples;
        }
    }
}
