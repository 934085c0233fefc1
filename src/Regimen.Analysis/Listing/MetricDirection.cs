namespace Regimen.Listing;

/// <summary>Whether a lower or a higher value of a metric is better, from its name alone.</summary>
public static class MetricDirection
{
    /// <summary>The built-in metrics of which a higher value is better. A test compares them with the metrics themselves.</summary>
    private static readonly HashSet<string> Higher =
    [
        "accuracy", "top5_accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_micro", "auroc_macro", "average_precision_macro",
        "precision", "recall", "f1", "auroc", "average_precision", "r2", "iou", "dice", "pixel_accuracy",
    ];

    /// <summary>Returns whether a lower value is better.</summary>
    /// <param name="key">The metric, with or without its split: <c>val.rmse</c>.</param>
    /// <param name="modes">The directions that a run recorded for metrics that are not built in (<c>min</c>, <c>max</c>); null for none.</param>
    public static bool IsLowerBetter(string key, IReadOnlyDictionary<string, string>? modes = null)
    {
        string metric = key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return modes?.GetValueOrDefault(metric) is { } mode ? mode == "min" : !Higher.Contains(metric);
    }
}
