using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Runs one sample of zeros through a model to observe the outputs of its layers. Afterwards, the model's modes and weights and the
/// state of libtorch's default generator are restored.</summary>
internal sealed class DryRun
{
    private readonly Dictionary<nn.Module, Observation> _observations = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nn.Module, IReadOnlyList<long>> _shapes = new(ReferenceEqualityComparer.Instance);

    /// <summary>Runs the model and observes layers.</summary>
    /// <param name="model">A model that <see cref="Objectives.Forward(nn.Module, Batch)"/> can call; any other is not run.</param>
    /// <param name="inputs">The input fields.</param>
    /// <param name="layers">The layers to observe.</param>
    /// <param name="containers">Other modules, of which the output shape alone is observed; null for none.</param>
    /// <param name="channelsLast">Whether images are in channels-last memory format.</param>
    public DryRun(nn.Module model, IReadOnlyList<Field> inputs, IEnumerable<nn.Module> layers, bool channelsLast = false, IEnumerable<nn.Module>? containers = null)
    {
        if (!Objectives.CanForward(model))
        {
            return;
        }

        Action[] removals = [.. layers.Select(Watch).OfType<Action>(), .. (containers ?? []).OfType<nn.Module<Tensor, Tensor>>().Select(WatchShape)];
        using DisposeScope scope = NewDisposeScope();
        Tensor generator = get_rng_state();
        try
        {
            using IDisposable withoutGradients = no_grad();
            using var mode = new EvaluationMode(model);
            Objectives.Forward(model, Zeros(inputs, model.parameters().FirstOrDefault()?.device ?? CPU, channelsLast));
        }
#pragma warning disable CA1031 // The model's own code runs here; after any exception the shapes are unknown.
        catch (Exception exception)
        {
            Failure = exception.Message.Split('\n')[0].TrimEnd();
        }
#pragma warning restore CA1031
        finally
        {
            foreach (Action remove in removals)
            {
                remove();
            }

#pragma warning disable RS0030 // A state of the wrong size aborts the process; this one was read from the same generator.
            set_rng_state(generator);
#pragma warning restore RS0030
        }
    }

    /// <summary>The reason why the run failed, as one line; null if it succeeded.</summary>
    public string? Failure { get; }

    /// <summary>The size of all outputs of the layers, in bytes.</summary>
    public long ActivationBytes { get; private set; }

    /// <summary>Returns the output shape of a layer or container; null if it is not known.</summary>
    public IReadOnlyList<long>? ShapeOf(nn.Module module) => _observations.GetValueOrDefault(module)?.OutputShape ?? _shapes.GetValueOrDefault(module);

    /// <summary>Returns the observations of a layer; null if it was not called, or not through <c>call</c>.</summary>
    public Observation? Of(nn.Module layer) => _observations.GetValueOrDefault(layer);

    private static Batch Zeros(IReadOnlyList<Field> inputs, Device device, bool channelsLast)
    {
        IEnumerable<KeyValuePair<string, Tensor>> tensors = inputs.Select(field =>
        {
            ScalarType type = field.BatchType switch { ElementType.Float32 => ScalarType.Float32, ElementType.Int64 => ScalarType.Int64, _ => ScalarType.Byte };
            Tensor values = zeros(field.Shape.Batch(1), type, device);
            return KeyValuePair.Create(field.Name, channelsLast && field.Shape.Rank == 3 ? MemoryLayout.ChannelsLast(values) : values);
        });
        return new Batch([.. tensors], 1, indices: default, ownsTensors: true)
        {
            Targets = new HashSet<string>(),
            VariableLengths = [.. inputs.Where(f => f.IsVariable).Select(f => KeyValuePair.Create(f.Name, full([1], f.Shape.Dimensions[0], ScalarType.Int64, device)))],
        };
    }

    /// <summary>Observes a layer until the returned action is called; null for a layer of a kind that is not known.</summary>
    private Action? Watch(nn.Module layer) => layer switch
    {
        nn.Module<Tensor, Tensor> one => one.register_forward_hook((_, input, output) => Observe(layer, input, output)).remove,
        nn.Module<Tensor, Tensor, Tensor> two => two.register_forward_hook((_, input, _, output) => Observe(layer, input, output)).remove,

        // GRU, RNN and LSTM, which also take and return a state.
        nn.Module<Tensor, Tensor?, (Tensor, Tensor)> recurrent => recurrent.register_forward_hook((_, input, _, output) =>
        {
            Observe(layer, input, output.Item1);
            return output;
        }).remove,
        nn.Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)> lstm => lstm.register_forward_hook((_, input, _, output) =>
        {
            Observe(layer, input, output.Item1);
            return output;
        }).remove,
        _ => null,
    };

    private Action WatchShape(nn.Module<Tensor, Tensor> module) => module.register_forward_hook((_, _, output) =>
    {
        _shapes.TryAdd(module, output.shape);
        return output;
    }).remove;

    private Tensor Observe(nn.Module layer, Tensor input, Tensor output)
    {
        long multiplyAdds = MultiplyAdds.Of(layer, input, output);
        long bytes = output.numel() * output.ElementSize;
        _observations[layer] = _observations.TryGetValue(layer, out Observation? earlier)
            ? earlier with { MultiplyAdds = earlier.MultiplyAdds + multiplyAdds, OutputBytes = earlier.OutputBytes + bytes }
            : new Observation(_observations.Count, output.shape, multiplyAdds, bytes);
        ActivationBytes += bytes;
        return output;
    }

    /// <summary>The observations of a layer.</summary>
    /// <param name="Rank">The number of layers that returned an output before it.</param>
    /// <param name="OutputShape">The output shape of its first call.</param>
    /// <param name="MultiplyAdds">The multiply-adds of all its calls.</param>
    /// <param name="OutputBytes">The size of the outputs of all its calls.</param>
    public sealed record Observation(int Rank, IReadOnlyList<long> OutputShape, long MultiplyAdds, long OutputBytes);
}
