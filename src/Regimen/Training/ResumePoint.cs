using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The state from which a training resumes: everything that does not follow from (seed, epoch, step).</summary>
/// <remarks>It is read from a checkpoint. It owns its tensors, which are on the CPU.</remarks>
public sealed class ResumePoint : IDisposable
{
    /// <summary>The current epoch, and the number of steps taken.</summary>
    public required Progress At { get; init; }

    /// <summary>Every pass up to this point.</summary>
    public required History History { get; init; }

    /// <summary>Every tensor of the trained model, by its plain PyTorch name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Model { get; init; }

    /// <summary>The optimizer's state, by the names of buffer and parameter: <c>exp_avg.fc1.weight</c>.</summary>
    public required IReadOnlyDictionary<string, Tensor> OptimizerState { get; init; }

    /// <summary>The averaged weights, in the form of <see cref="Model"/>; null without an average, or before the first.</summary>
    public IReadOnlyDictionary<string, Tensor>? Averaged { get; init; }

    /// <summary>The number of averages so far.</summary>
    public long Averages { get; init; }

    /// <summary>The number of updates of each part of the model by its name; null where every step updates the whole model.</summary>
    internal IReadOnlyDictionary<string, long>? OptimizerSteps { get; init; }

    /// <summary>The best weights so far, in the form of <see cref="Model"/>; null if the current weights are the best, there are none, or a
    /// later validation is known to be better.</summary>
    public IReadOnlyDictionary<string, Tensor>? Best { get; init; }

    /// <summary>The digest of what a stream had returned for the steps taken; null where the data is not a stream.</summary>
    internal string? StreamDigest { get; init; }

    /// <summary>The sums over the epoch's steps so far.</summary>
    internal RunningEpoch Running { get; init; }

    /// <summary>Whether the epoch had ended, including its validation.</summary>
    internal bool EpochHasEnded => History.Last(Pass.Train)?.At == At;

    /// <summary>The wall time of the training so far, in seconds.</summary>
    internal double SecondsSoFar => History.Passes.Sum(p => p.EpochSeconds ?? 0) + Running.Seconds;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor tensor) in new[] { Model, OptimizerState, Averaged, Best }.OfType<IReadOnlyDictionary<string, Tensor>>().SelectMany(set => set))
        {
            tensor.Dispose();
        }
    }
}
