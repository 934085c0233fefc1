using System.Globalization;
using System.Runtime.InteropServices;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The metrics of a multi-label classification, accumulated batch by batch.</summary>
/// <remarks>
/// As scikit-learn's scores of indicator matrices: <c>accuracy</c> is the fraction of samples with every label correct
/// (<c>accuracy_score</c>). The macro averages are plain means over all labels; that of AUROC is over the labels with both positive and
/// negative samples (NaN if there is none). A score whose denominator is zero is 0. A NaN prediction is never correct.
/// </remarks>
internal sealed class MultiLabelMetrics : ITaskMetrics
{
    private readonly DecisionThreshold _threshold;
    private readonly Label[] _labels;
    private long _samples;
    private long _exact;

    /// <summary>Creates metrics without any batch yet.</summary>
    /// <param name="labels">The labels' names, in their order.</param>
    /// <param name="threshold">The probability above which a label counts as predicted.</param>
    public MultiLabelMetrics(IReadOnlyList<string> labels, double threshold = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfZero(labels.Count, nameof(labels));
        _labels = [.. labels.Select(name => new Label(name))];
        _threshold = new DecisionThreshold(threshold);
    }

    /// <summary>The metrics.</summary>
    internal static IReadOnlyList<MetricName> All { get; } =
    [
        new("accuracy", MonitorMode.Max) { IsFraction = true },
        new("precision_macro", MonitorMode.Max) { IsFraction = true },
        new("recall_macro", MonitorMode.Max) { IsFraction = true },
        new("f1_macro", MonitorMode.Max) { IsFraction = true },
        new("f1_micro", MonitorMode.Max) { IsFraction = true },
        new("auroc_macro", MonitorMode.Max) { IsFraction = true, MayBeUndefined = true },
        new("average_precision_macro", MonitorMode.Max) { IsFraction = true },
    ];

    /// <summary>The names of the metrics.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(m => m.Name)];

    /// <summary>The metrics by name, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyDictionary<string, double> Values
    {
        get
        {
            IReadOnlyList<ClassScore> scores = PerClass;
            RankingScores[] rankings = [.. _labels.Select(l => l.Ranking)];
            long found = _labels.Sum(l => l.Found);
            return new OrderedDictionary<string, double>
            {
                ["accuracy"] = Ratio(_exact, _samples),
                ["precision_macro"] = scores.Average(s => s.Precision),
                ["recall_macro"] = scores.Average(s => s.Recall),
                ["f1_macro"] = scores.Average(s => s.F1),
                ["f1_micro"] = Ratio(2 * found, _labels.Sum(l => l.Predicted + l.Support)),
                ["auroc_macro"] = MeanAuroc(rankings),
                ["average_precision_macro"] = rankings.Average(r => r.AveragePrecision),
            };
        }
    }

    IReadOnlyList<MetricName> IMetric.Names => All;

    /// <summary>The scores of each label.</summary>
    public IReadOnlyList<ClassScore> PerClass => [.. _labels.Select(l => l.ToScore())];

    IReadOnlyDictionary<string, string> IMetric.Undefined => Values.Where(v => double.IsNaN(v.Value)).ToDictionary(v => v.Key, _ =>
        _labels.Any(l => l.HasNaN) ? RankingScores.NotNumbers : "no label has both positive and negative samples");

    void ITaskMetrics.Check(Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        CheckTargets(targets);
    }

    /// <inheritdoc/>
    public void Merge(IMetric other)
    {
        MultiLabelMetrics others = MetricMerge.As<MultiLabelMetrics>(other);
        ArgumentOutOfRangeException.ThrowIfNotEqual(others._labels.Length, _labels.Length, nameof(other));
        foreach ((Label label, Label more) in _labels.Zip(others._labels))
        {
            label.Merge(more);
        }

        _samples += others._samples;
        _exact += others._exact;
    }

    /// <summary>Counts a batch.</summary>
    /// <param name="predictions">Logits <c>[batch, labels]</c>.</param>
    /// <param name="targets">0 and 1 <c>[batch, labels]</c>, float32.</param>
    /// <exception cref="RequestException">The shape is wrong, or a target is neither 0 nor 1.</exception>
    public void Add(Tensor predictions, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor expected = CheckTargets(targets);
        MetricTensors.RequireOneEach(predictions, targets, "labels");
        ReadOnlySpan<float> there = TensorMemory.Span<float>(expected);
        ReadOnlySpan<float> logits = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        for (int row = 0; row < logits.Length; row += _labels.Length)
        {
            bool exact = true;
            for (int label = 0; label < _labels.Length; label++)
            {
                exact &= _labels[label].Add(logits[row + label], there[row + label] == 1, _threshold);
            }

            _samples++;
            _exact += exact ? 1 : 0;
        }
    }

    /// <summary>Returns the mean over the labels with a defined AUROC; NaN if a prediction is NaN.</summary>
    private double MeanAuroc(RankingScores[] rankings)
    {
        RankingScores[] ranked = [.. rankings.Where((_, i) => _labels[i].HasBoth)];
        return ranked.Length == 0 ? double.NaN : ranked.Average(r => r.Auroc);
    }

    private Tensor CheckTargets(Tensor targets)
    {
        if (targets.dtype != ScalarType.Float32 || targets.dim() != 2 || targets.size(1) != _labels.Length)
        {
            throw new RequestException(new Problem("The targets are not labels")
            {
                Expected = $"float32 [batch, {_labels.Length}] of 0 and 1",
                Received = MetricTensors.Describe(targets),
            });
        }

        Tensor values = MetricTensors.Floats(targets);
        ReadOnlySpan<float> there = TensorMemory.Span<float>(values);
        int wrong = there.IndexOfAnyExcept(0f, 1f);
        return wrong < 0 ? values : throw new RequestException(new Problem("A target is neither 0 nor 1")
        {
            Where = $"sample {wrong / _labels.Length} of the batch, label {_labels[wrong % _labels.Length].Name}",
            Expected = "0 or 1",
            Received = there[wrong].ToString(CultureInfo.InvariantCulture),
        });
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private sealed class Label(string name)
    {
        private readonly List<float> _scores = [];
        private readonly List<bool> _there = [];

        public string Name => name;

        public long Found { get; private set; }

        public long Predicted { get; private set; }

        public long Support { get; private set; }

        public bool HasNaN => _scores.Any(float.IsNaN);

        public bool HasBoth => Support > 0 && Support < _scores.Count;

        public RankingScores Ranking => RankingScores.Of(CollectionsMarshal.AsSpan(_scores), CollectionsMarshal.AsSpan(_there));

        /// <returns>Whether the prediction was correct.</returns>
        public bool Add(float logit, bool there, DecisionThreshold threshold)
        {
            bool predicted = threshold.IsExceededBy(logit);
            _scores.Add(logit);
            _there.Add(there);
            Found += predicted && there ? 1 : 0;
            Predicted += predicted ? 1 : 0;
            Support += there ? 1 : 0;
            return predicted == there && !float.IsNaN(logit);
        }

        public void Merge(Label other)
        {
            _scores.AddRange(other._scores);
            _there.AddRange(other._there);
            Found += other.Found;
            Predicted += other.Predicted;
            Support += other.Support;
        }

        public ClassScore ToScore()
            => new(name, Ratio(Found, Predicted), Ratio(Found, Support), Ratio(2 * Found, Predicted + Support), Support);
    }
}
