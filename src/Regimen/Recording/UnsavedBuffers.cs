using Regimen.Engine;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Recording;

/// <summary>The initial values of a model's buffers that are not saved in checkpoints (<c>register_buffer(…, persistent: false)</c>). A run
/// whose steps change one can't be resumed or evaluated from its checkpoints, so it fails at the end of the first epoch at the latest.</summary>
internal sealed class UnsavedBuffers : ITrainObserver, IDisposable
{
    private readonly nn.Module _model;
    private readonly (string Name, Tensor Buffer, Tensor Copy)[] _buffers;

    public UnsavedBuffers(nn.Module model)
    {
        _model = model;
        using DisposeScope scope = NewDisposeScope();
        _buffers = [.. ModelBuffers.Unsaved(model).Select(b => (b.Name, b.Buffer, b.Buffer.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>Whether the model has such buffers.</summary>
    public bool Any => _buffers.Length > 0;

    /// <summary>Returns the problem of a buffer that changes.</summary>
    public static Problem ProblemOf(nn.Module model, string name) => new("Training changes a buffer that is not saved in checkpoints")
    {
        Where = $"{model.GetType().Name}, {name}",
        Expected = "a buffer that is saved, or one that never changes",
        Hint = "Register it with persistent: true.",
    };

    /// <summary>Returns the names of the buffers that have changed, bit for bit.</summary>
    public IEnumerable<string> Changed() => _buffers.Where(b => !IsSame(b.Buffer, b.Copy)).Select(b => b.Name);

    /// <inheritdoc/>
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.EpochEnded or TrainEvent.Ended && Changed().FirstOrDefault() is { } name)
        {
            throw new WorkFailedException(ProblemOf(_model, name));
        }
    }

    public void Dispose()
    {
        foreach ((_, _, Tensor copy) in _buffers)
        {
            copy.Dispose();
        }
    }

    private static bool IsSame(Tensor buffer, Tensor copy)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        return buffer.dtype == copy.dtype
            && buffer.shape.AsSpan().SequenceEqual(copy.shape)
            && buffer.cpu().contiguous().bytes.SequenceEqual(copy.cpu().contiguous().bytes);
    }
}
