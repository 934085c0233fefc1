using System.Text.Json.Serialization;

namespace Regimen.Runs;

/// <summary>What the steps of the epoch that is being trained have gathered so far; a checkpoint inside an epoch needs it.</summary>
/// <param name="LossTimesSamples">The steps' losses, each times its samples.</param>
/// <param name="Samples">Samples seen.</param>
/// <param name="Lr">The learning rate of the last step.</param>
/// <param name="TrainedSeconds">Time spent on training alone.</param>
/// <param name="Seconds">Time since the last epoch's end, validation and records included.</param>
[method: JsonConstructor]
internal readonly record struct RunningEpoch(double LossTimesSamples, long Samples, double Lr, double TrainedSeconds, double Seconds)
{
    /// <summary>With one more step.</summary>
    public RunningEpoch With(double loss, double lr, int samples)
        => this with { LossTimesSamples = LossTimesSamples + (loss * samples), Samples = Samples + samples, Lr = lr };
}
