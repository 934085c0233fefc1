using System.Globalization;
using Regimen.Data;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The metrics of a semantic segmentation: the mean intersection over union, the mean Dice coefficient and the fraction of correct pixels.
/// All are computed from one count of all pixels of the split by true and predicted class, so they do not depend on the batches.</summary>
/// <remarks>Pixels whose target is <see cref="MaskTarget.Ignored"/> or the objective's ignored class are not counted. The means are over the classes that
/// occur among targets or predictions: a class that is in neither has no defined value and is left out (scikit-learn's <c>jaccard_score</c> and
/// <c>f1_score</c> with <c>average="macro"</c>). A pixel without a prediction (NaN logits) is wrong.</remarks>
/// <param name="classes">The names of the classes in the order of their indices.</param>
/// <param name="ignored">A class that is left out besides <see cref="MaskTarget.Ignored"/>; null for none.</param>
internal sealed class SegmentationMetrics(IReadOnlyList<string> classes, long? ignored = null) : ITaskMetrics
{
    private const string NoPixel = "no pixel has a class";

    /// <summary>The metrics.</summary>
    internal static IReadOnlyList<MetricName> All { get; } =
    [
        new("iou", MonitorMode.Max) { IsFraction = true },
        new("dice", MonitorMode.Max) { IsFraction = true },
        new("pixel_accuracy", MonitorMode.Max) { IsFraction = true },
    ];

    IReadOnlyList<MetricName> IMetric.Names => All;

    /// <summary>The counts of pixels.</summary>
    public ConfusionMatrix Confusion { get; } = new(classes);

    /// <inheritdoc/>
    public IReadOnlyList<ClassScore> PerClass => [.. Confusion.PerClass.Select((score, index) => score with { Iou = Confusion.Iou(index) })];

    /// <summary>The metrics by name.</summary>
    public IReadOnlyDictionary<string, double> Values => new OrderedDictionary<string, double>
    {
        ["iou"] = Confusion.Samples == 0 ? double.NaN : Confusion.IouMacro,
        ["dice"] = Confusion.Samples == 0 ? double.NaN : Confusion.F1Macro,
        ["pixel_accuracy"] = Confusion.Samples == 0 ? double.NaN : Confusion.Accuracy,
    };

    IReadOnlyDictionary<string, string> IMetric.Undefined => Confusion.Samples == 0 ? All.ToDictionary(m => m.Name, _ => NoPixel) : new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Merge(IMetric other) => Confusion.Merge(MetricMerge.As<SegmentationMetrics>(other).Confusion);

    void ITaskMetrics.Check(Tensor targets)
    {
        if (targets.dtype != ScalarType.Int64 || targets.dim() != 3)
        {
            throw new RequestException(new Problem("The targets are not masks")
            {
                Expected = "int64 [batch, height, width]",
                Received = MetricTensors.Describe(targets),
            });
        }

        using Tensor onCpu = targets.cpu();
        using Tensor plain = onCpu.contiguous();
        foreach (long target in TensorMemory.Span<long>(plain))
        {
            if ((ulong)target >= (ulong)classes.Count && target != MaskTarget.Ignored)
            {
                throw NoClass(target);
            }
        }
    }

    /// <summary>Counts the pixels of a batch.</summary>
    /// <param name="predictions">Logits or probabilities <c>[batch, classes, height, width]</c>.</param>
    /// <param name="targets">Masks <c>[batch, height, width]</c>, int64.</param>
    /// <exception cref="RequestException">A shape is wrong, or a target is not a class.</exception>
    public void Add(Tensor predictions, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] expected = [targets.size(0), classes.Count, .. targets.shape.Skip(1)];
        if (!predictions.shape.AsSpan().SequenceEqual(expected))
        {
            throw new RequestException(new Problem("The model does not predict a class for each pixel")
            {
                Expected = $"[{string.Join(", ", expected)}]: a value for each class and pixel",
                Received = MetricTensors.Shape(predictions),
                Hint = "Choose a model that keeps the size of an image, such as model=unet.",
            });
        }

        int area = checked((int)(targets.size(1) * targets.size(2)));
        ReadOnlySpan<float> logits = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        ReadOnlySpan<long> masks = TensorMemory.Span<long>(targets.cpu().contiguous());
        int[] predicted = new int[area];
        for (int image = 0; image * area < masks.Length; image++)
        {
            PixelClasses.Highest(logits.Slice(image * classes.Count * area, classes.Count * area), predicted);
            Add(masks.Slice(image * area, area), predicted);
        }
    }

    private void Add(ReadOnlySpan<long> targets, int[] predicted)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            long target = targets[i];
            if (target == MaskTarget.Ignored || target == ignored)
            {
                continue;
            }

            if ((ulong)target >= (ulong)classes.Count)
            {
                throw NoClass(target);
            }

            Confusion.Add((int)target, predicted[i] == PixelClasses.None ? null : predicted[i]);
        }
    }

    private RequestException NoClass(long target) => new(new Problem("A pixel of a mask has no class of the data")
    {
        Expected = string.Create(CultureInfo.InvariantCulture, $"0 to {classes.Count - 1}, or {MaskTarget.Ignored} for a pixel that is left out"),
        Received = target.ToString(CultureInfo.InvariantCulture),
        Hint = "Check the masks, and the list of classes, of the data set.",
    });
}
