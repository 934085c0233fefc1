using System.Globalization;

namespace Regimen.Training;

/// <summary>The limit of a training's time, <see cref="TrainOptions.MaxMinutes"/>: ended epochs count with their recorded seconds, also those before a
/// resumption.</summary>
internal sealed class TimeLimit(double minutes)
{
    private double _secondsOfEpochs;

    /// <summary>Whether the time is over.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Adds an epoch that has ended.</summary>
    public void Add(double seconds) => _secondsOfEpochs += seconds;

    /// <summary>Checks the time, if steps are left.</summary>
    /// <param name="hasSteps">Whether steps are left.</param>
    /// <param name="secondsOfEpoch">The seconds of the current epoch so far.</param>
    public void Check(bool hasSteps, double secondsOfEpoch) => IsOver |= hasSteps && _secondsOfEpochs + secondsOfEpoch >= 60 * minutes;

    /// <summary>Returns why the training ends; null if the time is not over.</summary>
    /// <param name="step">The number of steps taken.</param>
    public string? Reason(long step) => IsOver ? string.Create(CultureInfo.InvariantCulture, $"trainer.max_minutes={minutes}: the time was over after step {step}") : null;
}
