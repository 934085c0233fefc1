using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The metric behind a monitor such as <c>val.accuracy</c>.</summary>
internal static class MonitoredMetric
{
    /// <summary>The metric that a monitor names; null where there is none of that name.</summary>
    public static MetricName? Of(string monitor, IReadOnlyList<MetricName> metrics)
    {
        string name = History.Split(monitor).Metric;
        return name == MetricName.Loss.Name ? MetricName.Loss : metrics.FirstOrDefault(m => m.Name == name);
    }

    /// <summary>Whether a lower or a higher value of it is better.</summary>
    public static MonitorMode ModeOf(string monitor, IReadOnlyList<MetricName> metrics) => Of(monitor, metrics)?.Better ?? MonitorMode.Min;
}
