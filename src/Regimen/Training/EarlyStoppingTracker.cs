using System.Globalization;
using Regimen.Metrics;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The course of the watched value, read one value at a time: the best so far, and how many values came after it. Holds
/// nothing that does not follow from the history.</summary>
internal sealed class EarlyStoppingTracker(EarlyStoppingOptions options, MonitorMode mode)
{
    private BestWeights? _best;
    private int _values;
    private int _without;

    /// <summary>Whether there are values, and none of them was a finite number.</summary>
    public bool NeverFinite => _values > 0 && _best is null;

    /// <summary>Adds the newest value.</summary>
    public void Add(Progress at, double value)
    {
        _values++;
        if (IsBetter(value))
        {
            (_best, _without) = (new BestWeights(at, value), 0);
        }
        else
        {
            _without++;
        }
    }

    /// <summary>What the values so far say.</summary>
    /// <param name="mayStop">Whether patience counts; without it only the best is found.</param>
    public EarlyStoppingDecision Decide(bool mayStop)
        => new(_best, Improved: _values > 0 && _without == 0, mayStop && _without >= options.Patience ? StopReason() : null);

    private string StopReason() => _best is { } best
        ? string.Create(CultureInfo.InvariantCulture, $"{options.Monitor} has not improved on {best.Value:0.######} ({best.At}) in {_without} validations")
        : string.Create(CultureInfo.InvariantCulture, $"{options.Monitor} was never a finite number in {_without} validations");

    // A value that is not finite is never better, so that the best weights are weights with a loss.
    private bool IsBetter(double value) => double.IsFinite(value) && (_best is not { } best
        || (mode == MonitorMode.Min ? value < best.Value - options.MinDelta : value > best.Value + options.MinDelta));
}
