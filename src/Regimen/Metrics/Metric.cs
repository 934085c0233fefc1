
namespace Regimen.Metrics;

/// <summary>A measured value: its name, and which of two values is the better one.</summary>
/// <param name="Name">As in <c>val.accuracy</c>, without the split.</param>
/// <param name="Better">Whether a lower or a higher value is better.</param>
public sealed record Metric(string Name, MonitorMode Better)
{
    /// <summary>The objective's mean, which every task has.</summary>
    public static Metric Loss { get; } = new("loss", MonitorMode.Min) { IsFraction = false };

    /// <summary>Every metric of every task. A name means the same in each of them.</summary>
    public static IEnumerable<Metric> All
        => ((IEnumerable<Metric>)[Loss, .. ClassificationMetrics.All, .. BinaryMetrics.All, .. MultiLabelMetrics.All, .. RegressionMetrics.All]).DistinctBy(m => m.Name);

    /// <summary>Whether its values lie between 0 and 1, so that they can be shown in percent.</summary>
    public bool IsFraction { get; init; } = true;

    /// <summary>Whether there are targets for which it is not defined whatever the predictions are, as AUROC of a single class.</summary>
    public bool MayBeUndefined { get; init; }

    /// <summary>The metric of this name; null where there is none.</summary>
    public static Metric? Find(string name) => All.FirstOrDefault(m => m.Name == name);
}
