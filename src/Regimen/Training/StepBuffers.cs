using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>The model's buffers before a step of several batches. The forward pass of each batch changes them (batch norm's statistics), so
/// a step that is left half-way has to put them back: the step is made again when the run is resumed.</summary>
internal sealed class StepBuffers : IDisposable
{
    private readonly (Tensor Buffer, Tensor Copy)[] _buffers;
    private bool _isSaved;

    public StepBuffers(nn.Module model)
        => _buffers = [.. model.named_buffers().Select(b => (b.buffer, b.buffer.clone().DetachFromDisposeScope()))];

    /// <summary>A step begins.</summary>
    public void Save()
    {
        Copy(toModel: false);
        _isSaved = true;
    }

    /// <summary>The step is complete.</summary>
    public void Release() => _isSaved = false;

    /// <summary>Puts the buffers back where a step is incomplete.</summary>
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
