namespace Regimen.Metrics;

/// <summary>Whether a lower or a higher value of a metric is better.</summary>
public enum MonitorMode
{
    /// <summary>A lower value is better, as for losses.</summary>
    Min,

    /// <summary>A higher value is better, as for accuracies.</summary>
    Max,
}
