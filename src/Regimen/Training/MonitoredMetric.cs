using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The metric behind a monitor such as <c>val.accuracy</c>.</summary>
internal static class MonitoredMetric
{
    /// <summary>The metric that a monitor names; null where there is none of that name.</summary>
    public static Metric? Of(string monitor) => Metric.Find(History.Split(monitor).Metric);

    /// <summary>Whether a lower or a higher value of it is better.</summary>
    public static MonitorMode ModeOf(string monitor) => Of(monitor)?.Better ?? MonitorMode.Min;
}
