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

    internal override bool IsPortable => true;

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

            if (Arithmetic.IsPortable)
            {
                AddRows(predictions.to(ScalarType.Float64).cpu().contiguous(), targets.cpu().contiguous());
                return;
            }

            (Tensor highest, Tensor classes) = predictions.to(ScalarType.Float64).softmax(1).cpu().max(1);
            Tensor correct = classes.eq(targets.cpu()).to(ScalarType.Int64).contiguous();
            highest = highest.contiguous();
            ReadOnlySpan<double> confidences = TensorMemory.Span<double>(highest);
            ReadOnlySpan<long> hits = TensorMemory.Span<long>(correct);
            for (int i = 0; i < confidences.Length; i++)
            {
                Count(confidences[i], hits[i]);
            }
        }

        /// <summary>Counts rows with portable bits: the highest probability is 1 / Σ e^(logit − highest logit), summed in order; of equal logits the first
        /// is predicted.</summary>
        private void AddRows(Tensor logits, Tensor targets)
        {
            ReadOnlySpan<double> values = TensorMemory.Span<double>(logits);
            ReadOnlySpan<long> labels = TensorMemory.Span<long>(targets);
            int classes = (int)logits.size(1);
            for (int i = 0; i < labels.Length; i++)
            {
                ReadOnlySpan<double> row = values.Slice(i * classes, classes);
                int predicted = 0;
                for (int c = 1; c < classes; c++)
                {
                    predicted = row[c] > row[predicted] ? c : predicted;
                }

                double sum = 0;
                foreach (double logit in row)
                {
                    sum += PortableMath.Exp(logit - row[predicted]);
                }

                Count(1 / sum, predicted == labels[i] ? 1 : 0);
            }
        }

        private void Count(double confidence, long hits)
        {
            int bin = Math.Clamp((int)Math.Ceiling(confidence * bins) - 1, 0, bins - 1);
            _confidence[bin] += confidence;
            _correct[bin] += hits;
            _samples++;
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
