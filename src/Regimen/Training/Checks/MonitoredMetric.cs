using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Finds the metric of a monitored value such as <c>val.accuracy</c>.</summary>
internal static class MonitoredMetric
{
    /// <summary>Returns the metric of a monitored value; null if there is no such metric.</summary>
    public static MetricName? Of(string monitor, IReadOnlyList<MetricName> metrics)
    {
        string name = History.Split(monitor).Metric;
        return name == MetricName.Loss.Name ? MetricName.Loss : metrics.FirstOrDefault(m => m.Name == name);
    }

    /// <summary>Returns whether a lower or a higher value is better.</summary>
    public static MonitorMode ModeOf(string monitor, IReadOnlyList<MetricName> metrics) => Of(monitor, metrics)?.Better ?? MonitorMode.Min;
}
