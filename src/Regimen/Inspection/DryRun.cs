using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>One sample of zeros sent through a model, to see what each layer gives. Afterwards the model's modes and weights, and the
/// state of libtorch's default generator, are what they were.</summary>
internal sealed class DryRun
{
    private readonly Dictionary<nn.Module, Observation> _observations = new(ReferenceEqualityComparer.Instance);

    /// <summary>Runs the model and watches these layers.</summary>
    /// <param name="model">A model that <see cref="Objectives.Forward(nn.Module, Batch)"/> can call; any other is not run.</param>
    /// <param name="inputs">The fields that it is given.</param>
    /// <param name="layers">The layers to observe.</param>
    /// <param name="channelsLast">Whether images lie with the channels last.</param>
    public DryRun(nn.Module model, IReadOnlyList<Field> inputs, IEnumerable<nn.Module> layers, bool channelsLast = false)
    {
        if (!Objectives.CanForward(model))
        {
            return;
        }

        Action[] removals = [.. layers.OfType<nn.Module<Tensor, Tensor>>().Select(Watch)];
        using DisposeScope scope = NewDisposeScope();
        Tensor generator = get_rng_state();
        try
        {
            using IDisposable withoutGradients = no_grad();
            using var mode = new EvaluationMode(model);
            Objectives.Forward(model, Zeros(inputs, model.parameters().FirstOrDefault()?.device ?? CPU, channelsLast));
        }
#pragma warning disable CA1031 // The model's own code runs here, and whatever it throws means the same: shapes are not known.
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

#pragma warning disable RS0030 // A state of the wrong size aborts the process; this one was taken a moment ago.
            set_rng_state(generator);
#pragma warning restore RS0030
        }
    }

    /// <summary>Why the model did not take the sample, as one line; null where it did.</summary>
    public string? Failure { get; }

    /// <summary>Bytes of all that the layers gave.</summary>
    public long ActivationBytes { get; private set; }

    /// <summary>What was seen of a layer; null where it was not reached, or not through <c>call</c>.</summary>
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
            long multiplyAdds = MultiplyAdds.Of(layer, input, output);
            _observations[layer] = _observations.TryGetValue(layer, out Observation? earlier)
                ? earlier with { MultiplyAdds = earlier.MultiplyAdds + multiplyAdds }
                : new Observation(_observations.Count, output.shape, multiplyAdds);
            ActivationBytes += output.numel() * output.ElementSize;
            return output;
        });
        return remover.remove;
    }

    /// <summary>What a layer did.</summary>
    /// <param name="Rank">How many layers had given something before it.</param>
    /// <param name="OutputShape">Of its first call.</param>
    /// <param name="MultiplyAdds">Of all its calls.</param>
    public sealed record Observation(int Rank, IReadOnlyList<long> OutputShape, long MultiplyAdds);
}
