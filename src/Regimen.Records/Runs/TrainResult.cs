namespace Regimen.Runs;

/// <summary>How a training ended.</summary>
public enum TrainStatus
{
    /// <summary>All epochs or steps were trained.</summary>
    Finished,

    /// <summary>Early stopping ended it.</summary>
    StoppedEarly,

    /// <summary>It was stopped on request.</summary>
    Interrupted,

    /// <summary>The training was completed, but a result is not finite. Observers receive this status; the caller gets an exception.</summary>
    Failed,
}

/// <summary>The result of a training.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="At">The last epoch and step.</param>
/// <param name="Best">The epoch and step of the best weights and their monitored value; null without validation.</param>
/// <param name="Restored">Whether the model has the weights of <see cref="Best"/>; otherwise it has the last ones.</param>
/// <param name="History">Every pass.</param>
/// <param name="Seconds">The wall time of the training, in seconds.</param>
public sealed record TrainResult(
    TrainStatus Status, string Reason, Progress At, (Progress At, double Value)? Best, bool Restored, History History, double Seconds);
