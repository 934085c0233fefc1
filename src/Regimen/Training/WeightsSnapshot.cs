using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of the trainable parameters and the buffers of a model.</summary>
internal sealed unsafe class WeightsSnapshot : IDisposable
{
    private readonly nn.Module _model;
    private readonly FlatParameters _parameters;
    private readonly Tensor _values;

    // Null where the values are not float32 on the CPU. The addresses of both buffers are those of the whole training.
    private readonly float* _model32;
    private readonly float* _copy32;
    private readonly long _length;
    private readonly (Tensor Buffer, Tensor Copy, bool HasMean)[] _buffers;

    public WeightsSnapshot(nn.Module model, FlatParameters parameters)
    {
        (_model, _parameters) = (model, parameters);
        _values = parameters.Values.clone().DetachFromDisposeScope();
        _length = _values.numel();
        if (_values.device_type == DeviceType.CPU && _values.dtype == ScalarType.Float32)
        {
            _model32 = TensorMemory.Pointer<float>(parameters.Values);
            _copy32 = TensorMemory.Pointer<float>(_values);
        }

        _buffers = [.. model.named_buffers().Select(b => (b.buffer, b.buffer.clone().DetachFromDisposeScope(), HasMean(b.buffer)))];
    }

    /// <summary>Creates the snapshot from weights saved earlier, of a model with the same shapes.</summary>
    public WeightsSnapshot(nn.Module model, FlatParameters parameters, IReadOnlyDictionary<string, Tensor> weights)
        : this(model, parameters) => Fill(weights);

    /// <summary>Replaces the copy by weights saved earlier.</summary>
    public void Fill(IReadOnlyDictionary<string, Tensor> weights)
    {
        using IDisposable noGrad = no_grad();
        foreach (ParameterRange range in _parameters.Ranges)
        {
            using Tensor part = range.View(_values);
            part.copy_(weights[range.Name]);
        }

        foreach (((string name, _), (_, Tensor copy, _)) in _model.named_buffers().Zip(_buffers))
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
            foreach ((Tensor buffer, Tensor copy, _) in _buffers)
            {
                copy.copy_(buffer);
            }
        }
    }

    /// <summary>Moves the copy towards the current weights: <c>copy += share · (weights − copy)</c>.</summary>
    /// <param name="share">The share of the current weights, from 0 to 1.</param>
    /// <param name="withBuffers">Whether buffers of finite floats move too. All others are copied.</param>
    public void MoveTowards(double share, bool withBuffers)
    {
        if (_copy32 is not null)
        {
            FusedKernels.MoveTowards(_parameters.Ranges, _model32, _copy32, _length, (float)share);
            if (_buffers.Length == 0)
            {
                return;
            }
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar scalar = share;
        if (_copy32 is null)
        {
            _values.add_(_parameters.Values.sub(_values), scalar);
        }

        foreach ((Tensor buffer, Tensor copy, bool hasMean) in _buffers)
        {
            _ = withBuffers && hasMean ? copy.add_(buffer.sub(copy), scalar) : copy.copy_(buffer);
        }
    }

    /// <summary>Exchanges the copy and the current weights.</summary>
    public void Swap()
    {
        using IDisposable noGrad = no_grad();
        Exchange(_parameters.Values, _values);
        foreach ((Tensor buffer, Tensor copy, _) in _buffers)
        {
            Exchange(buffer, copy);
        }
    }

    /// <summary>Copies the weights back into the model.</summary>
    public void Restore()
    {
        using (no_grad())
        {
            _parameters.Values.copy_(_values);
            foreach ((Tensor buffer, Tensor copy, _) in _buffers)
            {
                buffer.copy_(copy);
            }
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        foreach ((_, Tensor copy, _) in _buffers)
        {
            copy.Dispose();
        }
    }

    private static void Exchange(Tensor first, Tensor second)
    {
        using Tensor kept = first.clone();
        first.copy_(second);
        second.copy_(kept);
    }

    /// <summary>Whether a mean of a buffer's values is one of its values: not for integers, or a mask of -infinity.</summary>
    private static bool HasMean(Tensor buffer)
    {
        using DisposeScope scope = NewDisposeScope();
        return buffer.is_floating_point() && FiniteGuard.IsFinite(buffer);
    }
}
