namespace Regimen.Runs;

/// <summary>How a training ended.</summary>
public enum TrainStatus
{
    /// <summary>All epochs or steps were made.</summary>
    Finished,

    /// <summary>Early stopping ended it.</summary>
    StoppedEarly,

    /// <summary>It was asked to stop.</summary>
    Interrupted,

    /// <summary>All that was to be done was done, but what was measured is not finite. Observers see this; the caller gets an exception.</summary>
    Failed,
}

/// <summary>What a training gave.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why it ended, in words.</param>
/// <param name="At">The last epoch and step.</param>
/// <param name="Best">The best moment and its monitored value; null without validation.</param>
/// <param name="Restored">Whether the model has the weights of <see cref="Best"/> (else the last ones).</param>
/// <param name="History">Every pass.</param>
/// <param name="Seconds">Wall time of it all.</param>
public sealed record TrainResult(
    TrainStatus Status, string Reason, Progress At, (Progress At, double Value)? Best, bool Restored, History History, double Seconds);
