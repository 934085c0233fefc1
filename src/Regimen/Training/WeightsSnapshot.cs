using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of the trainable parameters and the buffers of a model.</summary>
internal sealed class WeightsSnapshot : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly Tensor _values;
    private readonly (Tensor Buffer, Tensor Copy)[] _buffers;

    public WeightsSnapshot(nn.Module model, FlatParameters parameters)
    {
        _parameters = parameters;
        _values = parameters.Values.clone().DetachFromDisposeScope();
        _buffers = [.. model.named_buffers().Select(b => (b.buffer, b.buffer.clone().DetachFromDisposeScope()))];
    }

    /// <summary>Creates the snapshot from weights saved earlier, of a model with the same shapes.</summary>
    public WeightsSnapshot(nn.Module model, FlatParameters parameters, IReadOnlyDictionary<string, Tensor> weights)
        : this(model, parameters)
    {
        using IDisposable noGrad = no_grad();
        foreach (ParameterRange range in parameters.Ranges)
        {
            using Tensor part = range.View(_values);
            part.copy_(weights[range.Name]);
        }

        foreach (((string name, _), (_, Tensor copy)) in model.named_buffers().Zip(_buffers))
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
            _values.copy_(_parameters.Values);
            foreach ((Tensor buffer, Tensor copy) in _buffers)
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
            _parameters.Values.copy_(_values);
            foreach ((Tensor buffer, Tensor copy) in _buffers)
            {
                buffer.copy_(copy);
            }
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        foreach ((_, Tensor copy) in _buffers)
        {
            copy.Dispose();
        }
    }
}
