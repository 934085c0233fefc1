using Regimen.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The built-in metrics of a task, with the tables that a report shows in addition to the values.</summary>
/// <remarks>The last bits of a prediction may depend on its position in a batch and on the batch size, because libtorch computes rows in
/// groups. Samples with equal inputs may therefore have different ranks.</remarks>
internal interface ITaskMetrics : IMetric
{
    /// <summary>Counts by true and predicted class; null where a sample does not have exactly one class.</summary>
    ConfusionMatrix? Confusion => null;

    /// <summary>The scores of each class or label; empty if there are none.</summary>
    IReadOnlyList<ClassScore> PerClass => [];

    /// <summary>The errors of each output of a regression; empty for other tasks.</summary>
    IReadOnlyList<OutputError> PerOutput => [];

    /// <summary>Checks the targets before the loss is computed, which gives a clearer error than a failing loss.</summary>
    /// <exception cref="RequestException">The targets are of another kind.</exception>
    void Check(Tensor targets);

    /// <summary>Adds a batch.</summary>
    /// <exception cref="RequestException">Predictions or targets are of another kind.</exception>
    void Add(Tensor predictions, Tensor targets);

    void IMetric.Add(Tensor predictions, Batch batch) => Add(predictions, batch.Target);
}

/// <summary>Merges metrics of one class.</summary>
internal static class MetricMerge
{
    /// <summary>Casts the other metric to the class of the merging metric.</summary>
    /// <exception cref="ArgumentException">It is of another class.</exception>
    public static T As<T>(IMetric other)
        where T : class, IMetric
        => other as T ?? throw new ArgumentException($"Expected {typeof(T).Name}; received {other.GetType().Name}.", nameof(other));
}

/// <summary>Reads predictions and targets row by row.</summary>
internal static class MetricTensors
{
    /// <summary>Returns the values as contiguous float32 on the CPU; the caller's dispose scope owns the result.</summary>
    public static Tensor Floats(Tensor values) => values.detach().to(ScalarType.Float32).cpu().contiguous();

    /// <summary>Returns the rows whose target is not the ignored one; everything if none is ignored. The caller's dispose scope owns the result.</summary>
    public static (Tensor Predictions, Tensor Targets) Counted(Tensor predictions, Tensor targets, long? ignored)
    {
        if (ignored is not { } index || targets.dtype != ScalarType.Int64 || targets.dim() != 1 || predictions.dim() == 0 || predictions.size(0) != targets.size(0))
        {
            return (predictions, targets);
        }

        using Scalar value = index;
        Tensor counted = targets.ne(value);
        return (predictions[counted], targets[counted]);
    }

    public static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    public static string Describe(Tensor tensor) => $"{tensor.dtype.ToString().ToLowerInvariant()} {Shape(tensor)}";

    /// <summary>Throws unless there is exactly one prediction for each target value.</summary>
    public static void RequireOneEach(Tensor predictions, Tensor targets, string what)
    {
        if (predictions.numel() != targets.numel() || predictions.dim() == 0 || predictions.size(0) != targets.size(0))
        {
            throw new RequestException(new Problem($"The model's predictions do not fit the data's {what}")
            {
                Expected = Shape(targets),
                Received = Shape(predictions),
                Hint = "The model's last layer should have as many outputs as a sample has target values.",
            });
        }
    }
}
