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

    /// <summary>Runs the model and observes layers.</summary>
    /// <param name="model">A model that <see cref="Objectives.Forward(nn.Module, Batch)"/> can call; any other is not run.</param>
    /// <param name="inputs">The input fields.</param>
    /// <param name="layers">The layers to observe.</param>
    /// <param name="channelsLast">Whether images are in channels-last memory format.</param>
    public DryRun(nn.Module model, IReadOnlyList<Field> inputs, IEnumerable<nn.Module> layers, bool channelsLast = false)
    {
        if (!Objectives.CanForward(model))
        {
            return;
        }

        nn.Module[] watched = [.. layers];
        Action[] removals = [.. watched.OfType<nn.Module<Tensor, Tensor>>().Select(Watch), .. watched.OfType<GRU>().Select(Watch)];
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

    private Action Watch(nn.Module<Tensor, Tensor> layer)
    {
        var remover = layer.register_forward_hook((_, input, output) =>
        {
            Note(layer, output, MultiplyAdds.Of(layer, input, output));
            return output;
        });
        return remover.remove;
    }

    private Action Watch(GRU layer)
    {
        var remover = layer.register_forward_hook((_, _, _, result) =>
        {
            Note(layer, result.Item1, MultiplyAdds.Of(layer, result.Item1));
            return result;
        });
        return remover.remove;
    }

    private void Note(nn.Module layer, Tensor output, long multiplyAdds)
    {
        _observations[layer] = _observations.TryGetValue(layer, out Observation? earlier)
            ? earlier with { MultiplyAdds = earlier.MultiplyAdds + multiplyAdds }
            : new Observation(_observations.Count, output.shape, multiplyAdds);
        ActivationBytes += output.numel() * output.ElementSize;
    }

    /// <summary>The observations of a layer.</summary>
    /// <param name="Rank">The number of layers that returned an output before it.</param>
    /// <param name="OutputShape">The output shape of its first call.</param>
    /// <param name="MultiplyAdds">The multiply-adds of all its calls.</param>
    public sealed record Observation(int Rank, IReadOnlyList<long> OutputShape, long MultiplyAdds);
}
