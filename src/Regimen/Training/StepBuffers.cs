using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of the model's buffers before a step of several batches. The forward pass of each batch changes them (the statistics of
/// batch norm). If the step is interrupted, they are restored, because the resumed run repeats the step.</summary>
internal sealed class StepBuffers : IDisposable
{
    private readonly (Tensor Buffer, Tensor Copy)[] _buffers;
    private bool _isSaved;

    public StepBuffers(nn.Module model)
        => _buffers = [.. model.named_buffers().Select(b => (b.buffer, b.buffer.clone().DetachFromDisposeScope()))];

    /// <summary>Copies the buffers at the beginning of a step.</summary>
    public void Save()
    {
        Copy(toModel: false);
        _isSaved = true;
    }

    /// <summary>Discards the copy after a complete step.</summary>
    public void Release() => _isSaved = false;

    /// <summary>Restores the buffers if a step is incomplete.</summary>
    public void RestoreIncomplete()
    {
        if (_isSaved)
        {
            Copy(toModel: true);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor copy) in _buffers)
        {
            copy.Dispose();
        }
    }

    private void Copy(bool toModel)
    {
        using (no_grad())
        {
            foreach ((Tensor buffer, Tensor copy) in _buffers)
            {
                _ = toModel ? buffer.copy_(copy) : copy.copy_(buffer);
            }
        }
    }
}
