using System.Runtime.InteropServices;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The metrics of a binary classification by one logit, which is that of the positive class, accumulated batch by batch.</summary>
/// <remarks>
/// As scikit-learn's <c>accuracy_score</c>, <c>precision_score</c>, <c>recall_score</c>, <c>f1_score</c>, <c>roc_auc_score</c> and
/// <c>average_precision_score</c>. A score whose denominator is zero is 0. AUROC is NaN if all samples are of one class. A sample
/// with a NaN prediction is never correct, and makes AUROC and average precision NaN.
/// </remarks>
internal sealed class BinaryMetrics : ITaskMetrics
{
    private readonly int _positiveIndex;
    private readonly DecisionThreshold _threshold;
    private readonly List<float> _scores = [];
    private readonly List<bool> _positive = [];

    /// <summary>Creates metrics without any batch yet.</summary>
    /// <param name="classes">The two classes in the order of their indices.</param>
    /// <param name="threshold">The probability above which a sample counts as positive.</param>
    /// <param name="positive">The index of the positive class.</param>
    public BinaryMetrics(IReadOnlyList<string> classes, double threshold = 0.5, int positive = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)positive, 1u, nameof(positive));
        ArgumentOutOfRangeException.ThrowIfNotEqual(classes.Count, 2, nameof(classes));
        _positiveIndex = positive;
        _threshold = new DecisionThreshold(threshold);
        Confusion = new ConfusionMatrix(classes);
    }

    /// <summary>The metrics.</summary>
    internal static IReadOnlyList<MetricName> All { get; } =
    [
        new("accuracy", MonitorMode.Max) { IsFraction = true },
        new("precision", MonitorMode.Max) { IsFraction = true },
        new("recall", MonitorMode.Max) { IsFraction = true },
        new("f1", MonitorMode.Max) { IsFraction = true },
        new("auroc", MonitorMode.Max) { IsFraction = true, MayBeUndefined = true },
        new("average_precision", MonitorMode.Max) { IsFraction = true },
    ];

    /// <summary>The names of the metrics.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(m => m.Name)];

    /// <summary>The counts so far.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>The metrics by name, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyDictionary<string, double> Values
    {
        get
        {
            ClassScore positive = Confusion.PerClass[_positiveIndex];
            RankingScores ranking = Ranking;
            return new OrderedDictionary<string, double>
            {
                ["accuracy"] = Confusion.Accuracy,
                ["precision"] = positive.Precision,
                ["recall"] = positive.Recall,
                ["f1"] = positive.F1,
                ["auroc"] = ranking.Auroc,
                ["average_precision"] = ranking.AveragePrecision,
            };
        }
    }

    IReadOnlyList<MetricName> IMetric.Names => All;

    ConfusionMatrix? ITaskMetrics.Confusion => Confusion;

    IReadOnlyList<ClassScore> ITaskMetrics.PerClass => Confusion.PerClass;

    IReadOnlyDictionary<string, string> IMetric.Undefined
    {
        get
        {
            RankingScores ranking = Ranking;
            var undefined = new Dictionary<string, string>();
            if (double.IsNaN(ranking.Auroc))
            {
                undefined["auroc"] = _scores.Any(float.IsNaN) ? RankingScores.NotNumbers
                    : _scores.Count == 0 ? "there is no sample"
                    : $"every sample is of class '{Confusion.Classes[_positive[0] ? _positiveIndex : 1 - _positiveIndex]}'";
            }

            if (double.IsNaN(ranking.AveragePrecision))
            {
                undefined["average_precision"] = RankingScores.NotNumbers;
            }

            return undefined;
        }
    }

    private RankingScores Ranking => RankingScores.Of(CollectionsMarshal.AsSpan(_scores), CollectionsMarshal.AsSpan(_positive));

    void ITaskMetrics.Check(Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        ClassTargets.Of(targets, classes: 2);
    }

    /// <inheritdoc/>
    public void Merge(IMetric other)
    {
        BinaryMetrics others = MetricMerge.As<BinaryMetrics>(other);
        Confusion.Merge(others.Confusion);
        _scores.AddRange(others._scores);
        _positive.AddRange(others._positive);
    }

    /// <summary>Counts a batch.</summary>
    /// <param name="predictions">Logits <c>[batch]</c> or <c>[batch, 1]</c> of the positive class.</param>
    /// <param name="targets">Class indices <c>[batch]</c>, int64, 0 or 1.</param>
    /// <exception cref="RequestException">The shape is wrong, or a target is not a class.</exception>
    public void Add(Tensor predictions, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        ReadOnlySpan<long> indices = TensorMemory.Span<long>(ClassTargets.Of(targets, classes: 2));
        MetricTensors.RequireOneEach(predictions, targets, "targets");
        ReadOnlySpan<float> logits = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        for (int i = 0; i < indices.Length; i++)
        {
            _scores.Add(logits[i]);
            _positive.Add(indices[i] == _positiveIndex);
            Confusion.Add((int)indices[i], float.IsNaN(logits[i]) ? null : _threshold.IsExceededBy(logits[i]) ? _positiveIndex : 1 - _positiveIndex);
        }
    }
}
