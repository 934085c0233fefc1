using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of the trainable parameters and the buffers of a model.</summary>
internal sealed class WeightsSnapshot : IDisposable
{
    private readonly nn.Module _model;
    private readonly (string Name, FlatParameters Parameters, Tensor Copy)[] _parts;
    private readonly (Tensor Buffer, Tensor Copy, bool HasMean)[] _buffers;

    /// <param name="model">The model.</param>
    /// <param name="parts">Its trained sub-modules with their names; one with an empty name for the whole model.</param>
    public WeightsSnapshot(nn.Module model, IReadOnlyList<(string Name, FlatParameters Parameters)> parts)
    {
        _model = model;
        _parts = [.. parts.Select(p => (p.Name, p.Parameters, p.Parameters.Values.clone().DetachFromDisposeScope()))];
        _buffers = [.. model.named_buffers().Select(b => (b.buffer, b.buffer.clone().DetachFromDisposeScope(), HasMean(b.buffer)))];
    }

    /// <summary>Creates the snapshot from weights saved earlier, of a model with the same shapes.</summary>
    public WeightsSnapshot(nn.Module model, IReadOnlyList<(string Name, FlatParameters Parameters)> parts, IReadOnlyDictionary<string, Tensor> weights)
        : this(model, parts) => Fill(weights);

    private IEnumerable<(Tensor Now, Tensor Copy)> All => _parts.Select(p => (p.Parameters.Values, p.Copy)).Concat(_buffers.Select(b => (b.Buffer, b.Copy)));

    /// <summary>Replaces the copy by weights saved earlier.</summary>
    public void Fill(IReadOnlyDictionary<string, Tensor> weights)
    {
        using IDisposable noGrad = no_grad();
        foreach ((string name, FlatParameters parameters, Tensor copy) in _parts)
        {
            foreach (ParameterRange range in parameters.Ranges)
            {
                using Tensor view = range.View(copy);
                view.copy_(weights[TrainingState.Prefix(name) + range.Name]);
            }
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
        using IDisposable noGrad = no_grad();
        foreach ((Tensor now, Tensor copy) in All)
        {
            copy.copy_(now);
        }
    }

    /// <summary>Moves the copy towards the current weights: <c>copy += share · (weights − copy)</c>.</summary>
    /// <param name="share">The share of the current weights, from 0 to 1.</param>
    /// <param name="withBuffers">Whether buffers of finite floats move too. All others are copied.</param>
    public unsafe void MoveTowards(double share, bool withBuffers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar scalar = share;
        foreach ((_, FlatParameters parameters, Tensor copy) in _parts)
        {
            if (copy.device_type == DeviceType.CPU && copy.dtype == ScalarType.Float32)
            {
                FusedKernels.MoveTowards(parameters, TensorMemory.Pointer<float>(copy), (float)share);
            }
            else
            {
                copy.add_(parameters.Values.sub(copy), scalar);
            }
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
        foreach ((Tensor now, Tensor copy) in All)
        {
            using Tensor kept = now.clone();
            now.copy_(copy);
            copy.copy_(kept);
        }
    }

    /// <summary>Copies the weights back into the model.</summary>
    public void Restore()
    {
        using IDisposable noGrad = no_grad();
        foreach ((Tensor now, Tensor copy) in All)
        {
            now.copy_(copy);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor copy) in All)
        {
            copy.Dispose();
        }
    }

    /// <summary>Whether a mean of a buffer's values is one of its values: not for integers, or a mask of -infinity.</summary>
    private static bool HasMean(Tensor buffer)
    {
        using DisposeScope scope = NewDisposeScope();
        return buffer.is_floating_point() && FiniteGuard.IsFinite(buffer);
    }
}
