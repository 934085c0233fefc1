using System.Globalization;
using System.Text;
using Regimen.Data;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>What a model consists of: its layers with their shapes, parameters and work, and the sums.</summary>
/// <remarks>
/// A layer is a module without modules in it, or one with parameters of its own. A layer that stands in several places is listed, and
/// its parameters are counted, once; its work counts at each call.
/// <para>Multiply-adds, for one sample: a linear layer or a convolution makes one a weight and output position; batch, layer, group
/// and instance norm make one an output value (scale and shift). Everything else (biases, embeddings, activations, pooling, and
/// layers that do not take one tensor and give one) counts 0. What a model computes outside of its layers is not seen.</para>
/// </remarks>
public sealed record ModelSummary
{
    private ModelSummary(string model, IReadOnlyList<Field> inputs)
    {
        Model = model;
        Inputs = inputs;
    }

    /// <summary>The model's type.</summary>
    public string Model { get; }

    /// <summary>The fields that the model is given.</summary>
    public IReadOnlyList<Field> Inputs { get; }

    /// <summary>The shape of the first of them.</summary>
    public SampleShape Sample => Inputs[0].Shape;

    /// <summary>The layers, in the order in which a sample passes them; those it does not pass stand last.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; private init; } = [];

    /// <summary>All parameters, each counted once.</summary>
    public long Parameters { get; private init; }

    /// <summary>Those that training changes.</summary>
    public long TrainableParameters { get; private init; }

    /// <summary>Multiply-adds of a forward pass of one sample; at least that many unless <see cref="IsWhole"/>.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds ?? 0);

    /// <summary>Those of them in <see cref="Linear"/> layers of Regimen's.</summary>
    public long LinearMultiplyAdds { get; private init; }

    /// <summary>Whether every layer's output and work are known: layers are seen when the model runs them through <c>call</c>.</summary>
    public bool IsWhole => Layers.All(layer => layer.OutputShape is not null);

    /// <summary>Memory of the parameters, in bytes.</summary>
    public long ParameterBytes { get; private init; }

    /// <summary>Memory of what the layers give for one sample, in bytes: what a training step keeps, roughly.</summary>
    public long ActivationBytes { get; private init; }

    /// <summary>Why the model did not take a sample, as one line; null where it did.</summary>
    public string? Failure { get; private init; }

    /// <summary>Looks at a model; nothing of it, and no random number, is changed.</summary>
    /// <param name="model">On whatever device.</param>
    /// <param name="sample">The shape of a sample's input, which is float32.</param>
    public static ModelSummary Of(nn.Module model, SampleShape sample) => Of(model, [Field.Inputs(sample)]);

    /// <summary>Looks at a model; nothing of it, and no random number, is changed.</summary>
    /// <param name="model">On whatever device. The layers of one that takes something else than tensors or a <see cref="Batch"/> are listed
    /// without shapes.</param>
    /// <param name="inputs">The fields that it is given.</param>
    public static ModelSummary Of(nn.Module model, IReadOnlyList<Field> inputs)
    {
        var known = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        (string Name, nn.Module Module)[] layers =
            [.. model.named_modules().Prepend((string.Empty, model)).Where(m => IsLayer(m.Item2) && known.Add(m.Item2))];
        var run = new DryRun(model, inputs, layers.Select(l => l.Module));
        layers = [.. layers.OrderBy(l => run.Of(l.Module)?.Rank ?? int.MaxValue)];

        var counted = new HashSet<IntPtr>();
        TorchSharp.Modules.Parameter[] parameters = [.. model.parameters().DistinctBy(p => p.Handle)];
        return new ModelSummary(model.GetType().Name, inputs)
        {
            Layers =
            [
                .. layers.Select(layer =>
                {
                    DryRun.Observation? seen = run.Of(layer.Module);
                    IEnumerable<TorchSharp.Modules.Parameter> own = layer.Module.named_parameters(recurse: false).Select(p => p.parameter).Where(p => counted.Add(p.Handle));
                    return new LayerSummary(layer.Name, Kind(layer.Module), seen?.OutputShape, own.Sum(p => p.numel()), seen?.MultiplyAdds);
                }),
            ],
            Parameters = parameters.Sum(p => p.numel()),
            TrainableParameters = parameters.Where(p => p.requires_grad).Sum(p => p.numel()),
            LinearMultiplyAdds = layers.Where(l => l.Module is Linear).Sum(l => run.Of(l.Module)?.MultiplyAdds ?? 0),
            ParameterBytes = parameters.Sum(p => p.numel() * p.ElementSize),
            ActivationBytes = run.ActivationBytes,
            Failure = run.Failure,
        };
    }

    /// <summary>An aligned table for a log, lines ending in <c>\n</c>; "?" stands for what is not known.</summary>
    public override string ToString()
    {
        List<string[]> rows = [["layer", "kind", "output", "parameters", "multiply-adds"]];
        rows.AddRange(Layers.Select(layer => new[]
        {
            layer.Name.Length == 0 ? "(model)" : layer.Name,
            layer.Kind,
            layer.OutputShape is { } shape ? $"[{string.Join(", ", shape)}]" : "?",
            Number(layer.Parameters),
            layer.MultiplyAdds is { } work ? Number(work) : "?",
        }));
        rows.Add(["total", string.Empty, string.Empty, Number(Parameters), (IsWhole ? string.Empty : "≥ ") + Number(MultiplyAdds)]);

        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Model}, for a batch of one sample {Sizes()}\n");
        foreach (string[] row in rows)
        {
            // Words to the left, numbers to the right.
            IEnumerable<string> cells = row.Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.AppendJoin("  ", cells).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"{Number(TrainableParameters)} of {Number(Parameters)} parameters are trained; ");
        text.Append(CultureInfo.InvariantCulture, $"parameters take {Megabytes(ParameterBytes)}, ");
        text.Append(CultureInfo.InvariantCulture, $"the outputs for one sample {Megabytes(ActivationBytes)}\n");
        if (Failure is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"The model did not take such a sample: {Failure}\n");
        }

        return text.ToString();
    }

    private string Sizes() => Inputs is [{ Name: Field.Input }] ? $"{Sample}" : string.Join(", ", Inputs.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}"));

    private static bool IsLayer(nn.Module module)
        => !module.children().Any() || module.named_parameters(recurse: false).Any();

    /// <summary>The type's name, without the mark that generic types carry.</summary>
    private static string Kind(nn.Module module) => module.GetType().Name.Split('`')[0];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N3} MB");
}
