using Regimen.Data;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The metrics of a regression, accumulated batch by batch in double precision, in the order of the samples.</summary>
/// <remarks>
/// As scikit-learn's <c>mean_absolute_error</c>, <c>root_mean_squared_error</c> and <c>r2_score</c> with their defaults: each is
/// computed per output and then averaged. R² of a constant target is 1 if every prediction is exact, else 0. With fewer than two samples
/// it is NaN.
/// </remarks>
/// <param name="scale">The scaling of targets and predictions, which is undone before measuring. Null if they are not scaled.</param>
internal sealed class RegressionMetrics(TargetScale? scale = null) : ITaskMetrics
{
    private Sums[] _outputs = [];

    /// <summary>The metrics.</summary>
    internal static IReadOnlyList<MetricName> All { get; } =
    [
        new("rmse", MonitorMode.Min),
        new("mae", MonitorMode.Min),
        new("r2", MonitorMode.Max) { MayBeUndefined = true },
    ];

    /// <summary>The names of the metrics.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(m => m.Name)];

    /// <summary>The metrics by name, in the order of <see cref="Names"/>, in the target's units; R² has no unit.</summary>
    public IReadOnlyDictionary<string, double> Values => new OrderedDictionary<string, double>
    {
        ["rmse"] = Mean(o => o.Rmse),
        ["mae"] = Mean(o => o.Mae),
        ["r2"] = Mean(o => o.R2),
    };

    IReadOnlyList<MetricName> IMetric.Names => All;

    /// <summary>The errors of each of the target's values.</summary>
    public IReadOnlyList<OutputError> PerOutput => [.. _outputs.Select((sums, index) => sums.ToError(index))];

    IReadOnlyDictionary<string, string> IMetric.Undefined
        => Values.Where(v => double.IsNaN(v.Value)).ToDictionary(v => v.Key, v => _outputs.Length > 0 && _outputs[0].Count < 2 && v.Key == "r2"
            ? "R² needs at least two samples"
            : RankingScores.NotNumbers);

    void ITaskMetrics.Check(Tensor targets)
    {
        if (targets.dtype != ScalarType.Float32 || targets.dim() == 0)
        {
            throw new RequestException(new Problem("The targets are not numbers")
            {
                Expected = "float32 [batch, …]",
                Received = MetricTensors.Describe(targets),
                Hint = "A regression needs float32 targets; for classes choose objective=cross_entropy.",
            });
        }
    }

    /// <inheritdoc/>
    public void Merge(IMetric other)
    {
        RegressionMetrics others = MetricMerge.As<RegressionMetrics>(other);
        if (_outputs.Length == 0 || others._outputs.Length == 0)
        {
            _outputs = _outputs.Length == 0 ? [.. others._outputs] : _outputs;
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(others._outputs.Length, _outputs.Length, nameof(other));
        for (int i = 0; i < _outputs.Length; i++)
        {
            _outputs[i].Merge(others._outputs[i]);
        }
    }

    /// <summary>Counts a batch.</summary>
    /// <param name="predictions">Numbers <c>[batch, …]</c>, as many as there are targets.</param>
    /// <param name="targets">Numbers <c>[batch]</c> or <c>[batch, …]</c>, float32.</param>
    /// <exception cref="RequestException">The numbers of predictions and targets differ, or differ from those of an earlier batch.</exception>
    public void Add(Tensor predictions, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        MetricTensors.RequireOneEach(predictions, targets, "targets");
        long rows = targets.size(0);
        int outputs = rows == 0 ? _outputs.Length : (int)(targets.numel() / rows);
        if (_outputs.Length == 0)
        {
            _outputs = new Sums[outputs];
        }
        else if (_outputs.Length != outputs)
        {
            throw new RequestException(new Problem("Batches differ in the number of target values")
            {
                Expected = $"{_outputs.Length} per sample, as before",
                Received = $"{outputs}",
            });
        }

        ReadOnlySpan<float> predicted = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        ReadOnlySpan<float> expected = TensorMemory.Span<float>(MetricTensors.Floats(targets));
        for (int i = 0; i < expected.Length; i++)
        {
            int output = i % outputs;
            _outputs[output].Add(scale?.From(predicted[i], output) ?? predicted[i], scale?.From(expected[i], output) ?? expected[i]);
        }
    }

    private double Mean(Func<OutputError, double> of) => _outputs.Length == 0 ? double.NaN : PerOutput.Average(of);

    private struct Sums
    {
        private double _absolute;
        private double _squared;
        private RunningStatistics _targets;

        public readonly long Count => _targets.Count;

        public void Add(double predicted, double expected)
        {
            double error = predicted - expected;
            _absolute += Math.Abs(error);
            _squared += error * error;
            _targets.Add(expected);
        }

        public void Merge(in Sums other)
        {
            _absolute += other._absolute;
            _squared += other._squared;
            _targets.Merge(other._targets);
        }

        public readonly OutputError ToError(int index)
            => new(index, Math.Sqrt(_squared / _targets.Count), _absolute / _targets.Count, _targets.Count < 2 ? double.NaN : R2);

        private readonly double R2 => double.IsNaN(_squared) || _targets.Spread > 0 ? 1 - (_squared / _targets.Spread) : _squared == 0 ? 1 : 0;
    }
}
