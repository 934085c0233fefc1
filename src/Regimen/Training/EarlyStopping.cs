using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>What a history says about stopping and about the best weights.</summary>
/// <param name="Best">The best moment so far and its value; null where nothing comparable was seen.</param>
/// <param name="Improved">Whether the last value is the best one.</param>
/// <param name="StopReason">Why to stop now, in words; null to go on.</param>
public sealed record EarlyStoppingDecision(BestWeights? Best, bool Improved, string? StopReason);

/// <summary>Early stopping (Prechelt, "Early Stopping — But When?", 1998) as a pure function of the history: nothing of it is saved,
/// and a resumed run decides as the one that was never stopped.</summary>
public static class EarlyStopping
{
    /// <summary>Decides after a validation.</summary>
    /// <param name="options">What is watched; its course is read from <paramref name="history"/>.</param>
    /// <param name="history">Every pass so far.</param>
    /// <param name="mayStop">Whether patience counts; without it only the best is found.</param>
    /// <param name="mode">Whether a lower or a higher value is better where <see cref="EarlyStoppingOptions.Mode"/> is null; null for the
    /// built-in metric's direction, which is lower for a metric that is not built in.</param>
    public static EarlyStoppingDecision Decide(EarlyStoppingOptions options, History history, bool mayStop = true, MonitorMode? mode = null)
    {
        var course = new EarlyStoppingTracker(options, options.Mode ?? mode ?? MonitoredMetric.ModeOf(options.Monitor, MetricName.BuiltIn));
        foreach ((Progress at, double value) in history.Course(options.Monitor))
        {
            course.Add(at, value);
        }

        return course.Decide(mayStop);
    }
}
