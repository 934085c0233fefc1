using System.Text.Json.Serialization;

namespace Regimen.Runs;

/// <summary>The sums over the steps of the epoch being trained. A checkpoint inside an epoch holds them.</summary>
/// <param name="LossTimesSamples">The sum of each step's loss times its number of samples, or its weight where the loss has weights.</param>
/// <param name="Samples">The number of samples.</param>
/// <param name="Lr">The learning rate of the last step.</param>
/// <param name="TrainedSeconds">The time of the training alone, in seconds.</param>
/// <param name="Seconds">The time since the end of the previous epoch, in seconds, validation and recording included.</param>
[method: JsonConstructor]
internal readonly record struct RunningEpoch(double LossTimesSamples, long Samples, double Lr, double TrainedSeconds, double Seconds)
{
    /// <summary>The sum of the steps' weights; null where the samples are the weights.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Weight { get; init; }

    /// <summary>The sum of each part of the loss, weighted as the loss, in the objective's order; null without parts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Parts { get; init; }

    /// <summary>The divisor of the epoch's means.</summary>
    [JsonIgnore]
    public double Divisor => Weight ?? Samples;

    /// <summary>Returns the sums with one more step.</summary>
    /// <param name="loss">The loss of the step.</param>
    /// <param name="lr">Its learning rate.</param>
    /// <param name="samples">Its number of samples.</param>
    /// <param name="weight">The weight of the loss; null for the number of samples.</param>
    /// <param name="parts">The parts of the loss; empty without any.</param>
    public RunningEpoch With(double loss, double lr, int samples, double? weight = null, IReadOnlyList<double>? parts = null)
    {
        RunningEpoch before = this;
        return this with
        {
            LossTimesSamples = LossTimesSamples + (loss * (weight ?? samples)),
            Samples = Samples + samples,
            Lr = lr,
            Weight = weight is null ? null : (Weight ?? 0) + weight,
            Parts = parts is null or { Count: 0 } ? null : [.. parts.Select((part, i) => (before.Parts?[i] ?? 0) + (part * (weight ?? samples)))],
        };
    }
}
