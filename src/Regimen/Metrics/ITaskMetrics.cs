using Regimen.Data;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The built-in metrics of a task, with the tables that a report shows beside the values.</summary>
/// <remarks>The predictions themselves may differ in their last bits with the place in a batch and with its size, as libtorch computes rows in
/// groups: samples with equal inputs may then rank apart.</remarks>
internal interface ITaskMetrics : IMetric
{
    /// <summary>Counts by true and predicted class; null where a sample does not have exactly one class.</summary>
    ConfusionMatrix? Confusion => null;

    /// <summary>The scores of each class or label; empty where there are none.</summary>
    IReadOnlyList<ClassScore> PerClass => [];

    /// <summary>The errors of each output of a regression; else empty.</summary>
    IReadOnlyList<OutputError> PerOutput => [];

    /// <summary>Checks the targets before the loss is computed, so that a wrong target has an error of its own.</summary>
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
    /// <summary>The other metric as the class that merges it.</summary>
    /// <exception cref="ArgumentException">It is of another class.</exception>
    public static T As<T>(IMetric other)
        where T : class, IMetric
        => other as T ?? throw new ArgumentException($"Expected {typeof(T).Name}; received {other.GetType().Name}.", nameof(other));
}

/// <summary>Reads predictions and targets row by row.</summary>
internal static class MetricTensors
{
    /// <summary>As float32 on the CPU in one piece; the caller's dispose scope owns it.</summary>
    public static Tensor Floats(Tensor values) => values.detach().to(ScalarType.Float32).cpu().contiguous();

    public static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    public static string Describe(Tensor tensor) => $"{tensor.dtype.ToString().ToLowerInvariant()} {Shape(tensor)}";

    /// <summary>Refuses predictions that are not one value for each of the targets'.</summary>
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
