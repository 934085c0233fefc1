using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Reports;
using static TorchSharp.torch;

namespace Regimen.Findings;

/// <summary>Collects the errors of a regression in the target's own units.</summary>
/// <param name="scale">The scaling of targets and predictions; null if they are not scaled.</param>
internal sealed class RegressionCollector(TargetScale? scale) : Collector
{
    private const int MostOutputs = 8;
    private const int MostPoints = 1000;
    private const int MostRows = 24;
    private readonly WorstSamples<(double[] True, double[] Predicted)> _worst = new(MostRows);
    private Sums[] _outputs = [];
    private int _width;

    public override RunFindings Finish(RunFindings to, EvaluationResult result, Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe)
    {
        return to with
        {
            Regression = new RegressionFindings
            {
                OutputCount = _width,
                Outputs = [.. _outputs.Select(o => o.Read(Samples))],
                Worst = _worst.Describe(describe, (sample, row, rms) => new WorstRow(sample, row.True, row.Predicted, rms)),
            },
        };
    }

    protected override void Collect(Tensor predictions, Batch batch)
    {
        ReadOnlySpan<float> predicted = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        ReadOnlySpan<float> targets = TensorMemory.Span<float>(MetricTensors.Floats(batch.Target));
        _width = targets.Length / Math.Max(1, batch.Count);
        int shown = Math.Min(MostOutputs, _width);
        if (_outputs.Length == 0)
        {
            _outputs = [.. Enumerable.Range(0, shown).Select(_ => new Sums())];
        }

        for (int i = 0; i < batch.Count; i++)
        {
            double squares = 0;
            for (int output = 0; output < _width; output++)
            {
                (double prediction, double target) = (From(predicted, i, output), From(targets, i, output));
                double error = prediction - target;
                squares += error * error;
                if (output < shown)
                {
                    _outputs[output].Add(Samples + i, target, prediction);
                }
            }

            double rms = Math.Sqrt(squares / _width);
            if (_worst.Keeps(rms))
            {
                var (values, answers) = (new double[shown], new double[shown]);
                for (int output = 0; output < shown; output++)
                {
                    (values[output], answers[output]) = (From(targets, i, output), From(predicted, i, output));
                }

                _worst.Add(rms, Samples + i, (values, answers));
            }
        }
    }

    private double From(ReadOnlySpan<float> values, int sample, int output)
    {
        float value = values[(sample * _width) + output];
        return scale?.From(value, output) ?? value;
    }

    /// <summary>The sums of one of the target's values.</summary>
    private sealed class Sums
    {
        private readonly ErrorHistogram _histogram = new();
        private readonly List<(int Index, double True, double Predicted)> _points = [];
        private double _errors;
        private double _squares;
        private double _absolute;
        private int _stride = 1;

        public void Add(int index, double target, double prediction)
        {
            double error = prediction - target;
            _histogram.Add(error);
            _errors += error;
            _squares += error * error;
            _absolute += Math.Abs(error);
            if (index % _stride != 0)
            {
                return;
            }

            _points.Add((index, target, prediction));
            if (_points.Count > MostPoints)
            {
                _stride *= 2;
                _points.RemoveAll(p => p.Index % _stride != 0);
            }
        }

        public OutputFindings Read(int samples)
        {
            (double[] edges, long[] counts) = _histogram.Read();
            return new OutputFindings
            {
                MeanError = _errors / samples,
                Rmse = Math.Sqrt(_squares / samples),
                Mae = _absolute / samples,
                Edges = edges,
                Counts = counts,
                NotFinite = _histogram.NotFinite,
                Points = [.. _points.Select(p => (IReadOnlyList<double>)[p.True, p.Predicted])],
            };
        }
    }
}
