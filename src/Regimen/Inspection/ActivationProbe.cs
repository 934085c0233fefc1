using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Runs samples through a model in evaluation mode and measures what each layer returns. Afterwards, the model's modes are restored.</summary>
public static class ActivationProbe
{
    /// <summary>Measures the outputs of all layers that return one tensor of floating-point numbers.</summary>
    /// <param name="model">The model, on the batches' device.</param>
    /// <param name="batches">The samples.</param>
    /// <returns>The layers in the order of their first call.</returns>
    public static IReadOnlyList<LayerActivations> Measure(nn.Module model, IEnumerable<Batch> batches)
    {
        var order = new List<Sums>();
        Action[] removals = [.. Layers(model).Select(l => Watch(l.Name, l.Layer, order))];
        try
        {
            using IDisposable withoutGradients = no_grad();
            using var mode = new EvaluationMode(model);
            foreach (Batch batch in batches)
            {
                using DisposeScope scope = NewDisposeScope();
                Objectives.Forward(model, batch);
            }
        }
        finally
        {
            foreach (Action remove in removals)
            {
                remove();
            }
        }

        return [.. order.Select((sums, i) => sums.Result with { IsLast = i == order.Count - 1 })];
    }

    private static IEnumerable<(string Name, nn.Module<Tensor, Tensor> Layer)> Layers(nn.Module model)
        => model.named_modules().Select(m => (m.name, m.module)).Where(m => IsMeasured(m.module))
            .Select(m => (m.name, (nn.Module<Tensor, Tensor>)m.module)).DistinctBy(m => m.Item2);

    /// <summary>Whether a module computes values of its own: it has parameters, or is an activation. Dropout, pooling and reshaping only pass
    /// on the values of another layer.</summary>
    private static bool IsMeasured(nn.Module module) => !module.children().Any() && module is nn.Module<Tensor, Tensor>
        && (module.named_parameters().Any() || (module.GetType().Name is var kind && (kind.EndsWith("LU", StringComparison.Ordinal) || kind is "Sigmoid" or "Tanh" or "Softplus")));

    private static Action Watch(string name, nn.Module<Tensor, Tensor> layer, List<Sums> order)
    {
        Sums? sums = null;
        return layer.register_forward_hook((_, _, output) =>
        {
            if (output.is_floating_point() && output.dim() > 1 && output.numel() > 0)
            {
                if (sums is null)
                {
                    order.Add(sums = new Sums(name, layer.GetType().Name.Split('`')[0], output.shape));
                }

                sums.Add(output);
            }

            return output;
        }).remove;
    }

    private sealed class Sums(string name, string kind, long[] shape)
    {
        // Channels of images and signals come second; of anything else, the last dimension is the units.
        private readonly int _unitDimension = shape.Length == 4 || (shape.Length == 3 && kind.EndsWith("1d", StringComparison.Ordinal)) ? 1 : shape.Length - 1;
        private readonly bool[] _isHeard = new bool[shape[shape.Length == 4 || (shape.Length == 3 && kind.EndsWith("1d", StringComparison.Ordinal)) ? 1 : shape.Length - 1]];
        private double _sum;
        private double _squares;
        private long _count;
        private long _zeros;
        private long _notFinite;

        public LayerActivations Result
        {
            get
            {
                long finite = _count - _notFinite;
                double mean = finite == 0 ? double.NaN : _sum / finite;
                double variance = finite == 0 ? double.NaN : Math.Max(0, (_squares / finite) - (mean * mean));
                return new LayerActivations(
                    name, kind, shape[1..], mean, Math.Sqrt(variance), (double)_zeros / _count, _isHeard.Length, _isHeard.Count(h => !h), _notFinite);
            }
        }

        public void Add(Tensor output)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor values = output.to(ScalarType.Float64);
            Tensor finite = values.isfinite();
            Tensor clean = values.where(finite, zeros_like(values));
            _sum += clean.sum().ToDouble();
            _squares += clean.mul(clean).sum().ToDouble();
            _count += values.numel();
            _notFinite += values.numel() - finite.sum().ToInt64();
            _zeros += values.eq(0).sum().ToInt64();
            long[] others = [.. Enumerable.Range(0, (int)values.dim()).Where(d => d != _unitDimension).Select(d => (long)d)];
            Tensor heard = clean.amax(others).gt(0).cpu().contiguous();
            ReadOnlySpan<bool> isHeard = TensorMemory.Span<bool>(heard);
            for (int i = 0; i < Math.Min(_isHeard.Length, isHeard.Length); i++)
            {
                _isHeard[i] |= isHeard[i];
            }
        }
    }
}
