using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>What a training needs to go on exactly where another stood: the little that does not follow from (seed, epoch, step).</summary>
/// <remarks>A checkpoint gives it. The tensors are on the CPU and belong to it.</remarks>
public sealed class ResumePoint : IDisposable
{
    /// <summary>The epoch that was being trained, and the steps taken.</summary>
    public required Progress At { get; init; }

    /// <summary>Every pass that was made by then.</summary>
    public required History History { get; init; }

    /// <summary>Every tensor of the model, by its plain PyTorch name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Model { get; init; }

    /// <summary>What the optimizer remembers, by its name for it and the parameter's: <c>exp_avg.fc1.weight</c>.</summary>
    public required IReadOnlyDictionary<string, Tensor> OptimizerState { get; init; }

    /// <summary>The best weights so far, as <see cref="Model"/>; null where these are the best, there are none, or a later validation
    /// is known to be better.</summary>
    public IReadOnlyDictionary<string, Tensor>? Best { get; init; }

    /// <summary>What the steps of the epoch have gathered.</summary>
    internal RunningEpoch Running { get; init; }

    /// <summary>Whether the epoch was over, its validation included.</summary>
    internal bool EpochHasEnded => History.Last(Pass.Train)?.At == At;

    /// <summary>Wall time that went into it.</summary>
    internal double SecondsSoFar => History.Passes.Sum(p => p.EpochSeconds ?? 0) + Running.Seconds;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor tensor) in Model.Concat(OptimizerState).Concat(Best ?? new Dictionary<string, Tensor>()))
        {
            tensor.Dispose();
        }
    }
}
