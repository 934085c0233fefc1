namespace Regimen.Metrics;

/// <summary>Which of two values is the better one.</summary>
public enum MonitorMode
{
    /// <summary>The lower one: losses.</summary>
    Min,

    /// <summary>The higher one: accuracies.</summary>
    Max,
}
