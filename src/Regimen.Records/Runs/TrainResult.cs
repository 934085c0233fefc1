namespace Regimen.Runs;

/// <summary>How a training ended.</summary>
public enum TrainStatus
{
    /// <summary>All epochs or steps were trained.</summary>
    Finished,

    /// <summary>Early stopping, or an observer, ended it.</summary>
    StoppedEarly,

    /// <summary>It was stopped on request.</summary>
    Interrupted,

    /// <summary>The training was completed, but a result is not finite. Observers receive this status; the caller gets an exception.</summary>
    Failed,
}

/// <summary>The best weights so far.</summary>
/// <param name="At">The epoch and step that they are of.</param>
/// <param name="Value">The monitored value.</param>
public sealed record BestWeights(Progress At, double Value);

/// <summary>The result of a training.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">The reason why it ended.</param>
/// <param name="At">The last epoch and step.</param>
/// <param name="Best">The best weights; null without validation.</param>
/// <param name="Restored">Whether the model has the weights of <paramref name="Best"/> (else the last ones).</param>
/// <param name="History">Every pass.</param>
/// <param name="Seconds">The wall time of the training, in seconds.</param>
public sealed record TrainResult(
    TrainStatus Status, string Reason, Progress At, BestWeights? Best, bool Restored, History History, double Seconds)
{
    /// <summary>The class of the observer that ended the training; null where no observer did.</summary>
    public string? StoppedBy { get; init; }

    /// <summary>The fewest and the most threads that a step had; null where the number was fixed.</summary>
    public ThreadRange? Threads { get; init; }
}
