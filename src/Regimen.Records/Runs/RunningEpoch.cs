using System.Text.Json.Serialization;

namespace Regimen.Runs;

/// <summary>The sums over the steps of the epoch being trained. A checkpoint inside an epoch holds them.</summary>
/// <param name="LossTimesSamples">The sum of each step's loss times its number of samples.</param>
/// <param name="Samples">The number of samples.</param>
/// <param name="Lr">The learning rate of the last step.</param>
/// <param name="TrainedSeconds">The time of the training alone, in seconds.</param>
/// <param name="Seconds">The time since the end of the previous epoch, in seconds, validation and recording included.</param>
[method: JsonConstructor]
internal readonly record struct RunningEpoch(double LossTimesSamples, long Samples, double Lr, double TrainedSeconds, double Seconds)
{
    /// <summary>Returns the sums with one more step.</summary>
    public RunningEpoch With(double loss, double lr, int samples)
        => this with { LossTimesSamples = LossTimesSamples + (loss * samples), Samples = Samples + samples, Lr = lr };
}
