using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A copy of the trainable parameters and the buffers of a model.</summary>
internal sealed class WeightsSnapshot : IDisposable
{
    private readonly nn.Module _model;
    private readonly Part[] _parts;
    private readonly (Tensor Buffer, Tensor Copy, bool HasMean)[] _buffers;

    /// <param name="model">The model.</param>
    /// <param name="parts">Its trained sub-modules with their names; one with an empty name for the whole model.</param>
    public WeightsSnapshot(nn.Module model, IReadOnlyList<(string Name, FlatParameters Parameters)> parts)
    {
        _model = model;
        _parts = [.. parts.Select(p => new Part(p.Name, p.Parameters))];
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
        foreach (Part part in _parts)
        {
            foreach (ParameterRange range in part.Parameters.Ranges)
            {
                using Tensor view = range.View(part.Copy);
                view.copy_(weights[TrainingState.Prefix(part.Name) + range.Name]);
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
    public void MoveTowards(double share, bool withBuffers)
    {
        foreach (Part part in _parts)
        {
            part.MoveTowards(share);
        }

        if (_buffers.Length == 0)
        {
            return;
        }

        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar scalar = share;
        foreach ((Tensor buffer, Tensor copy, bool hasMean) in _buffers)
        {
            if (!withBuffers || !hasMean)
            {
                copy.copy_(buffer);
                continue;
            }

            // libtorch fuses this product and sum where the processor can; two operations round twice everywhere.
            Tensor change = buffer.sub(copy);
            _ = Arithmetic.IsPortable ? copy.add_(change.mul_(scalar)) : copy.add_(change, scalar);
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

    /// <summary>The copy of the parameters of a sub-module.</summary>
    private sealed unsafe class Part
    {
        // Null where the values are not float32 on the CPU. The addresses of both buffers are those of the whole training.
        private readonly float* _now;
        private readonly float* _copy;
        private readonly long _length;
        private readonly (long Start, long Length)[] _stretches = [];

        public Part(string name, FlatParameters parameters)
        {
            (Name, Parameters) = (name, parameters);
            Copy = parameters.Values.clone().DetachFromDisposeScope();
            _length = Copy.numel();
            if (Copy.device_type == DeviceType.CPU && Copy.dtype == ScalarType.Float32)
            {
                _now = TensorMemory.Pointer<float>(parameters.Values);
                _copy = TensorMemory.Pointer<float>(Copy);
                long[] starts = [.. parameters.Ranges.Select(r => r.Start), _length];
                _stretches = [.. starts.Zip(starts.Skip(1), (start, next) => (start, next - start))];
            }
        }

        public string Name { get; }

        public FlatParameters Parameters { get; }

        public Tensor Copy { get; }

        public void MoveTowards(double share)
        {
            if (_copy is not null)
            {
                FusedKernels.MoveTowards(_now, _copy, _length, _stretches, (float)share);
                return;
            }

            using IDisposable noGrad = no_grad();
            using DisposeScope scope = NewDisposeScope();
            using Scalar scalar = share;
            Copy.add_(Parameters.Values.sub(Copy), scalar);
        }
    }
}
