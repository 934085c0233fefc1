using System.Globalization;
using Regimen.Optimization;

namespace Regimen.Training;

/// <summary>What a history says about stopping and about the best weights.</summary>
/// <param name="Best">The best moment so far and its value; null where nothing comparable was seen.</param>
/// <param name="Improved">Whether the last value is the best one.</param>
/// <param name="StopReason">Why to stop now, in words; null to go on.</param>
public sealed record EarlyStoppingDecision((Moment At, double Value)? Best, bool Improved, string? StopReason);

/// <summary>Early stopping (Prechelt, "Early Stopping — But When?", 1998) as a pure function of the history: nothing of it is saved,
/// and a resumed run decides as the one that was never stopped.</summary>
public static class EarlyStopping
{
    /// <summary>Decides after a validation.</summary>
    /// <param name="options">What is watched; its course is read from <paramref name="history"/>.</param>
    /// <param name="history">Every pass so far.</param>
    /// <param name="mayStop">Whether patience counts; without it only the best is found.</param>
    public static EarlyStoppingDecision Decide(EarlyStoppingOptions options, History history, bool mayStop = true)
    {
        (Moment At, double Value)? best = null;
        int without = 0;
        foreach ((Moment at, double value) in history.Course(options.Monitor))
        {
            if (IsBetter(options, value, best?.Value))
            {
                best = (at, value);
                without = 0;
            }
            else
            {
                without++;
            }
        }

        bool any = history.Course(options.Monitor).Any();
        string? reason = !mayStop || without < options.Patience
            ? null
            : best is null
                ? string.Create(CultureInfo.InvariantCulture, $"{options.Monitor} was never a finite number in {without} validations")
                : string.Create(CultureInfo.InvariantCulture, $"{options.Monitor} has not improved on {best.Value.Value:0.######} ({best.Value.At}) in {without} validations");
        return new(best, any && without == 0, reason);
    }

    // A value that is not finite is never better: neither JSON nor a file of history has a word for it.
    private static bool IsBetter(EarlyStoppingOptions options, double value, double? best)
        => double.IsFinite(value) && (best is null
            || (options.Mode == MonitorMode.Min ? value < best - options.MinDelta : value > best + options.MinDelta));
}
