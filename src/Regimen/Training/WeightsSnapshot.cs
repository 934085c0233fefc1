using Regimen.Engine;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of the trainable parameters and the buffers of a model.</summary>
internal sealed class WeightsSnapshot : IDisposable
{
    private readonly (Tensor Now, Tensor Copy)[] _values;
    private readonly (Tensor Buffer, Tensor Copy)[] _buffers;

    public WeightsSnapshot(TrainingState state)
    {
        _values = [.. state.Optimizers.Select(o => o.Optimizer.Parameters.Values).Select(v => (v, v.clone().DetachFromDisposeScope()))];
        _buffers = [.. state.Model.named_buffers().Select(b => (b.buffer, b.buffer.clone().DetachFromDisposeScope()))];
    }

    /// <summary>Creates the snapshot from weights saved earlier, of a model with the same shapes.</summary>
    public WeightsSnapshot(TrainingState state, IReadOnlyDictionary<string, Tensor> weights)
        : this(state)
    {
        using IDisposable noGrad = no_grad();
        foreach (((string part, Optimizer optimizer), (_, Tensor copy)) in state.Optimizers.Zip(_values))
        {
            foreach (ParameterRange range in optimizer.Parameters.Ranges)
            {
                using Tensor view = range.View(copy);
                view.copy_(weights[TrainingState.Prefix(part) + range.Name]);
            }
        }

        foreach (((string name, _), (_, Tensor copy)) in state.Model.named_buffers().Zip(_buffers))
        {
            if (weights.TryGetValue(name, out Tensor? saved))
            {
                copy.copy_(saved);
            }
        }
    }

    /// <summary>Replaces the copy by the current weights, in the same memory.</summary>
    public void Take()
    {
        using (no_grad())
        {
            foreach ((Tensor buffer, Tensor copy) in _values.Concat(_buffers))
            {
                copy.copy_(buffer);
            }
        }
    }

    /// <summary>Copies the weights back into the model.</summary>
    public void Restore()
    {
        using (no_grad())
        {
            foreach ((Tensor buffer, Tensor copy) in _values.Concat(_buffers))
            {
                buffer.copy_(copy);
            }
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor copy) in _values.Concat(_buffers))
        {
            copy.Dispose();
        }
    }
}
