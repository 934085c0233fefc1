using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The decision of early stopping after a validation, and the best weights so far.</summary>
/// <param name="Best">The epoch and step of the best weights so far, with the monitored value; null if no value was finite.</param>
/// <param name="Improved">Whether the last value is the best one.</param>
/// <param name="StopReason">The reason to stop now; null to continue.</param>
internal sealed record EarlyStoppingDecision(BestWeights? Best, bool Improved, string? StopReason);

/// <summary>Early stopping (Prechelt, "Early Stopping — But When?", 1998) as a pure function of the history. It has no state to save, and
/// a resumed run makes the same decisions as an uninterrupted one.</summary>
internal static class EarlyStopping
{
    /// <summary>Decides after a validation.</summary>
    /// <param name="options">The options with the monitored value, whose values are read from <paramref name="history"/>.</param>
    /// <param name="history">Every pass so far.</param>
    /// <param name="mayStop">Whether training may be stopped; if false, only the best weights are determined.</param>
    /// <param name="mode">Whether a lower or a higher value is better where <see cref="EarlyStoppingOptions.Mode"/> is null; null for the
    /// built-in metric's direction, which is lower for a metric that is not built in.</param>
    public static EarlyStoppingDecision Decide(EarlyStoppingOptions options, History history, bool mayStop = true, MonitorMode? mode = null)
    {
        var tracker = new EarlyStoppingTracker(options, options.Mode ?? mode ?? MonitoredMetric.ModeOf(options.Monitor, MetricName.BuiltIn));
        foreach ((Progress at, double value) in history.Course(options.Monitor))
        {
            tracker.Add(at, value);
        }

        return tracker.Decide(mayStop);
    }
}
