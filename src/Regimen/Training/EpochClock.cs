using Regimen.Runs;

namespace Regimen.Training;

/// <summary>Measures the time of a training, of its epochs, and of the training within an epoch, without the validations.</summary>
internal sealed class EpochClock
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private long _lastEpochEnd;
    private long? _trainingSince;

    /// <summary>Creates the clock of a training that starts now.</summary>
    public EpochClock(TimeProvider time)
    {
        _time = time;
        _start = _lastEpochEnd = time.GetTimestamp();
    }

    /// <summary>The time since the start, in seconds.</summary>
    public double Seconds => _time.GetElapsedTime(_start).TotalSeconds;

    private double TrainingSeconds => _trainingSince is { } since ? _time.GetElapsedTime(since).TotalSeconds : 0;

    /// <summary>Starts measuring training.</summary>
    public void StartTraining() => _trainingSince = _time.GetTimestamp();

    /// <summary>Stops measuring training until <see cref="StartTraining"/>.</summary>
    /// <returns>The sums, with the time trained up to now.</returns>
    public RunningEpoch PauseTraining(RunningEpoch running)
    {
        running = running with { TrainedSeconds = running.TrainedSeconds + TrainingSeconds };
        _trainingSince = null;
        return running;
    }

    /// <summary>Returns the sums with their times up to now.</summary>
    public RunningEpoch UpToNow(RunningEpoch running) => running with
    {
        TrainedSeconds = running.TrainedSeconds + TrainingSeconds,
        Seconds = running.Seconds + _time.GetElapsedTime(_lastEpochEnd).TotalSeconds,
    };

    /// <summary>Ends the epoch; the next one begins now.</summary>
    public void EndEpoch()
    {
        _trainingSince = null;
        _lastEpochEnd = _time.GetTimestamp();
    }
}
