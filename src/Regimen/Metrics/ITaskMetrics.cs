using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>What is measured of a task beside the loss, gathered batch by batch. For the same predictions it gives the same values
/// however the samples are cut into batches. The predictions themselves may differ in their last bits with the place in a batch and with
/// its size, as libtorch computes rows in groups: equal samples may then rank apart.</summary>
internal interface ITaskMetrics
{
    /// <summary>The metrics by name.</summary>
    IReadOnlyDictionary<string, double> Values { get; }

    /// <summary>Counts by true and predicted class; null where a sample has not exactly one class.</summary>
    ConfusionMatrix? Confusion { get; }

    /// <summary>The scores of each class or label; empty where there are none.</summary>
    IReadOnlyList<ClassScore> PerClass { get; }

    /// <summary>The errors of each output of a regression; else empty.</summary>
    IReadOnlyList<OutputError> PerOutput { get; }

    /// <summary>Why a metric is not a number, by its name, for those that are not.</summary>
    IReadOnlyDictionary<string, string> Undefined { get; }

    /// <summary>Refuses targets that are of another kind, before the loss stumbles over them.</summary>
    /// <exception cref="RequestException">They are.</exception>
    void Check(Tensor targets);

    /// <summary>Counts a batch.</summary>
    /// <exception cref="RequestException">Predictions or targets are of another kind.</exception>
    void Add(Tensor predictions, Tensor targets);
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
