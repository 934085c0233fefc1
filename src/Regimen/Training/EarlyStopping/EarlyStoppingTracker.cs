using System.Globalization;
using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Tracks the monitored value: the best so far, and the number of values since. All of its state follows from the history.</summary>
internal sealed class EarlyStoppingTracker(EarlyStoppingOptions options, MonitorMode mode)
{
    private BestWeights? _best;
    private int _values;
    private int _sinceBest;

    /// <summary>Whether there are values and none of them was finite.</summary>
    public bool NeverFinite => _values > 0 && _best is null;

    /// <summary>Adds the newest value.</summary>
    public void Add(Progress at, double value)
    {
        _values++;
        if (IsBetter(value))
        {
            (_best, _sinceBest) = (new BestWeights(at, value), 0);
        }
        else
        {
            _sinceBest++;
        }
    }

    /// <summary>Returns the decision after the values so far.</summary>
    /// <param name="mayStop">Whether training may be stopped; if false, only the best weights are determined.</param>
    public EarlyStoppingDecision Decide(bool mayStop)
        => new(_best, Improved: _values > 0 && _sinceBest == 0, mayStop && _sinceBest >= options.Patience ? StopReason() : null);

    private string StopReason() => _best is { } best
        ? string.Create(CultureInfo.InvariantCulture, $"{options.Monitor} has not improved on {best.Value:0.######} ({best.At}) in {_sinceBest} validations")
        : string.Create(CultureInfo.InvariantCulture, $"{options.Monitor} was never a finite number in {_sinceBest} validations");

    // A value that is not finite never counts as better: the best weights always have a finite loss.
    private bool IsBetter(double value) => double.IsFinite(value) && (_best is not { } best
        || (mode == MonitorMode.Min ? value < best.Value - options.MinDelta : value > best.Value + options.MinDelta));
}
