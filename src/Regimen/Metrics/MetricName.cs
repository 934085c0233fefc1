namespace Regimen.Metrics;

/// <summary>The name of a measured value, and which of two values is the better one.</summary>
/// <param name="Name">The name without the split, such as <c>accuracy</c> in <c>val.accuracy</c>: lower-case letters, digits and underscores.</param>
/// <param name="Better">Whether a lower or a higher value is better.</param>
public sealed record MetricName(string Name, MonitorMode Better)
{
    /// <summary>The mean of the objective's loss, which every task has.</summary>
    public static MetricName Loss { get; } = new("loss", MonitorMode.Min);

    /// <summary>Whether its values are from 0 to 1, so that they can be shown in percent.</summary>
    public bool IsFraction { get; init; }

    /// <summary>Whether the metric is undefined on some targets for any predictions, such as AUROC on a single class.</summary>
    public bool MayBeUndefined { get; init; }

    /// <summary>The names of the built-in metrics, each once. A name means the same in each task.</summary>
    /// <remarks>Created at first use, because the listed classes use this type in their static initialisers.</remarks>
    internal static IReadOnlyList<MetricName> BuiltIn => field ??=
    [
        .. ((IEnumerable<MetricName>)[Loss, .. ClassificationMetrics.All, .. BinaryMetrics.All, .. MultiLabelMetrics.All, .. RegressionMetrics.All, .. NextTokenMetrics.All, .. SegmentationMetrics.All]).DistinctBy(m => m.Name),
    ];

    /// <summary>Returns the built-in metric of this name; null if there is none.</summary>
    internal static MetricName? Find(string name) => BuiltIn.FirstOrDefault(m => m.Name == name);
}
