using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The metrics of a classification, accumulated batch by batch.</summary>
/// <remarks>The predicted class is the one with the highest prediction, the lowest index among equals. A sample with a prediction
/// that is not a number has no predicted class: it is never correct.</remarks>
internal sealed class ClassificationMetrics : ITaskMetrics
{
    /// <summary>The number of highest predictions that <c>top5_accuracy</c> considers.</summary>
    public const int Top = 5;

    private const string TopAccuracy = "top5_accuracy";

    private readonly int _classes;
    private readonly long? _ignored;
    private long _inTop;

    /// <summary>Creates metrics without any batch yet, for classes in the order of their indices.</summary>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="ignored">The target whose samples are left out; null for none.</param>
    public ClassificationMetrics(IReadOnlyList<string> classes, long? ignored = null)
    {
        _ignored = ignored;
        Confusion = new ConfusionMatrix(classes);
        _classes = classes.Count;
    }

    /// <summary>The metrics, including that of the <see cref="Top"/> highest predictions.</summary>
    internal static IReadOnlyList<MetricName> All { get; } =
    [
        new("accuracy", MonitorMode.Max) { IsFraction = true },
        new(TopAccuracy, MonitorMode.Max) { IsFraction = true },
        new("precision_macro", MonitorMode.Max) { IsFraction = true },
        new("recall_macro", MonitorMode.Max) { IsFraction = true },
        new("f1_macro", MonitorMode.Max) { IsFraction = true },
    ];

    /// <summary>The counts so far.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>The metrics by name, each from 0 to 1, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyDictionary<string, double> Values
    {
        get
        {
            var values = new OrderedDictionary<string, double> { ["accuracy"] = Confusion.Accuracy };
            if (_classes > Top)
            {
                values[TopAccuracy] = Confusion.Samples == 0 ? 0 : (double)_inTop / Confusion.Samples;
            }

            values["precision_macro"] = Confusion.PrecisionMacro;
            values["recall_macro"] = Confusion.RecallMacro;
            values["f1_macro"] = Confusion.F1Macro;
            return values;
        }
    }

    IReadOnlyList<MetricName> IMetric.Names => NamesOf(_classes);

    ConfusionMatrix? ITaskMetrics.Confusion => Confusion;

    IReadOnlyList<ClassScore> ITaskMetrics.PerClass => Confusion.PerClass;

    /// <summary>Returns the names of the metrics for a number of classes; <c>top5_accuracy</c> only if there are more than five classes.</summary>
    public static IReadOnlyList<string> Names(int classes)
        => [.. NamesOf(classes).Select(m => m.Name)];

    private static IReadOnlyList<MetricName> NamesOf(int classes) => [.. All.Where(m => m.Name != TopAccuracy || classes > Top)];

    void ITaskMetrics.Check(Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        ClassTargets.Of(MetricTensors.Counted(targets, targets, _ignored).Targets, _classes);
    }

    /// <inheritdoc/>
    public void Merge(IMetric other)
    {
        ClassificationMetrics others = MetricMerge.As<ClassificationMetrics>(other);
        Confusion.Merge(others.Confusion);
        _inTop += others._inTop;
    }

    /// <summary>Counts a batch.</summary>
    /// <param name="predictions">Logits or probabilities <c>[batch, classes]</c>, of any floating-point type, on any device.</param>
    /// <param name="targets">Class indices <c>[batch]</c>, int64, from 0 to classes − 1.</param>
    /// <exception cref="RequestException">The shape is wrong, or a target is not a class.</exception>
    public void Add(Tensor predictions, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        (predictions, targets) = MetricTensors.Counted(predictions, targets, _ignored);
        Tensor indices = ClassTargets.Of(targets, _classes);
        if (predictions.dim() != 2 || predictions.size(0) != indices.size(0) || predictions.size(1) != _classes)
        {
            throw new RequestException(new Problem("The model's predictions do not fit the data's classes")
            {
                Expected = $"[{indices.size(0)}, {_classes}]: one value per sample and class",
                Received = MetricTensors.Shape(predictions),
                Hint = $"The model's last layer should have {_classes} outputs.",
            });
        }

        Add(TensorMemory.Span<float>(MetricTensors.Floats(predictions)), TensorMemory.Span<long>(indices));
    }

    private void Add(ReadOnlySpan<float> predictions, ReadOnlySpan<long> targets)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            ReadOnlySpan<float> row = predictions.Slice(i * _classes, _classes);
            int target = (int)targets[i];
            int? predicted = Highest(row);
            Confusion.Add(target, predicted);
            if (predicted is not null && IsInTop(row, target))
            {
                _inTop++;
            }
        }
    }

    private static int? Highest(ReadOnlySpan<float> row)
    {
        int highest = 0;
        for (int c = 0; c < row.Length; c++)
        {
            if (row[c] > row[highest])
            {
                highest = c;
            }
            else if (float.IsNaN(row[c]))
            {
                return null;
            }
        }

        return highest;
    }

    private static bool IsInTop(ReadOnlySpan<float> row, int target)
    {
        int ahead = 0;
        for (int c = 0; c < row.Length; c++)
        {
            if (row[c] > row[target] || (row[c] == row[target] && c < target))
            {
                ahead++;
            }
        }

        return ahead < Top;
    }
}
