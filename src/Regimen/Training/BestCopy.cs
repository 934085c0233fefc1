using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The copy of the best weights so far, which a training with <see cref="EarlyStoppingOptions.RestoreBest"/> ends with.</summary>
internal sealed class BestCopy(TrainingState state) : IDisposable
{
    private WeightsSnapshot? _copy;

    /// <summary>Copies the current weights.</summary>
    public void Take()
    {
        if (_copy is null)
        {
            _copy = new WeightsSnapshot(state.Model, state.Parts);
        }
        else
        {
            _copy.Take();
        }
    }

    /// <summary>Takes the copy of a training that resumes.</summary>
    /// <param name="best">The moment of the best weights.</param>
    /// <param name="saved">The best weights of the checkpoint; null if they are the current ones, or are reached again.</param>
    public void Resume(BestWeights best, IReadOnlyDictionary<string, Tensor>? saved) => _copy =
        best.At == state.At ? state.WithAveraged(() => new WeightsSnapshot(state.Model, state.Parts))
        : saved is not null ? new WeightsSnapshot(state.Model, state.Parts, saved) : null;

    /// <summary>Copies the best weights back into the model.</summary>
    /// <exception cref="WorkFailedException">They are no longer available.</exception>
    public void Restore() => (_copy ?? throw new WorkFailedException(new Problem("The run ended, but its best weights are no longer available")
    {
        Where = state.Best!.At.ToString(),
        Hint = "Resume from a checkpoint whose best weights are valid, or train again.",
    })).Restore();

    /// <inheritdoc/>
    public void Dispose() => _copy?.Dispose();
}
