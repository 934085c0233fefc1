using System.Globalization;
using System.Text;
using Regimen.Data;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>A summary of a model: its layers with their shapes, parameters and multiply-adds, and the totals.</summary>
/// <remarks>
/// A layer is a module without sub-modules, or one with parameters of its own. A layer that is used in several places is listed once, and
/// its parameters are counted once; its multiply-adds are counted for each call.
/// <para>Multiply-adds are per sample. A linear layer or a convolution has one per weight and output position; batch, layer, group
/// and instance norm have one per output value (scale and shift); a recurrent layer one per weight and time step. Everything else (biases,
/// embeddings, activations, pooling) counts as 0. Computations outside of layers are included if their module says how many they are
/// (<see cref="ICountsMultiplyAdds"/>).</para>
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

    /// <summary>The input fields of the model.</summary>
    public IReadOnlyList<Field> Inputs { get; }

    /// <summary>The shape of the first input.</summary>
    public SampleShape Sample => Inputs[0].Shape;

    /// <summary>The layers in the order of their first call; layers that are not called come last.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; private init; } = [];

    /// <summary>All modules as a tree: each before the modules in it.</summary>
    public IReadOnlyList<ModuleSummary> Modules { get; private init; } = [];

    /// <summary>The number of parameters; shared ones are counted once.</summary>
    public long Parameters { get; private init; }

    /// <summary>The number of trainable parameters.</summary>
    public long TrainableParameters { get; private init; }

    /// <summary>The number of multiply-adds of a forward pass of one sample; a lower bound unless <see cref="IsWhole"/>.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds ?? 0);

    /// <summary>The part of <see cref="MultiplyAdds"/> in Regimen's <see cref="Linear"/> and <see cref="CausalAttention"/> layers.</summary>
    public long LinearMultiplyAdds { get; private init; }

    /// <summary>The part of <see cref="MultiplyAdds"/> in Regimen's <see cref="Conv2d"/> and <see cref="ConvTranspose2d"/> layers, which Regimen computes with portable bits.</summary>
    internal long ConvolutionMultiplyAdds { get; private init; }

    /// <summary>The part of <see cref="MultiplyAdds"/> that modules count themselves, outside of layers.</summary>
    internal long OwnMultiplyAdds { get; private init; }

    /// <summary>Whether the output and the multiply-adds of every layer are known. Only layers that the model runs through <c>call</c> are observed.</summary>
    public bool IsWhole => Layers.All(layer => layer.OutputShape is not null);

    /// <summary>The size of the parameters, in bytes.</summary>
    public long ParameterBytes { get; private init; }

    /// <summary>The size of the layers' outputs for one sample, in bytes: approximately the memory that a training step keeps per sample.</summary>
    public long ActivationBytes { get; private init; }

    /// <summary>The size of those outputs for one sample that the backward pass needs: of all layers from the first one that is trained.</summary>
    internal long KeptBytes { get; private init; }

    /// <summary>The size of the largest output of a layer for one sample.</summary>
    internal long LargestOutput { get; private init; }

    /// <summary>The reason why the dry run failed, as one line; null if it succeeded.</summary>
    public string? Failure { get; private init; }

    /// <summary>Creates the summary of a model by a dry run, without changing the model or the state of the random number generator.</summary>
    /// <param name="model">The model, on any device.</param>
    /// <param name="sample">The shape of a sample's input, which is float32.</param>
    public static ModelSummary Of(nn.Module model, SampleShape sample) => Of(model, [Field.Inputs(sample)]);

    /// <summary>Creates the summary of a model by a dry run, without changing the model or the state of the random number generator.</summary>
    /// <param name="model">The model, on any device. If it takes anything other than tensors or a <see cref="Batch"/>, its layers are listed
    /// without shapes.</param>
    /// <param name="inputs">The input fields.</param>
    public static ModelSummary Of(nn.Module model, IReadOnlyList<Field> inputs)
    {
        var known = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        (string Name, nn.Module Module)[] layers =
            [.. model.named_modules().Prepend((string.Empty, model)).Where(m => IsLayer(m.Item2) && known.Add(m.Item2))];
        var run = new DryRun(model, inputs, layers.Select(l => l.Module), containers: model.modules().Where(m => !known.Contains(m)).Distinct());
        layers = [.. layers.OrderBy(l => run.Of(l.Module)?.Rank ?? int.MaxValue)];

        DryRun.Observation[] kept = [.. layers.SkipWhile(l => l.Module.parameters().All(p => !p.requires_grad)).Select(l => run.Of(l.Module)).OfType<DryRun.Observation>()];
        var counted = new HashSet<IntPtr>();
        TorchSharp.Modules.Parameter[] parameters = [.. model.parameters().DistinctBy(p => p.Handle)];
        return new ModelSummary(model.GetType().Name, inputs)
        {
            Layers =
            [
                .. layers.Select(layer =>
                {
                    DryRun.Observation? observed = run.Of(layer.Module);
                    IEnumerable<TorchSharp.Modules.Parameter> own = layer.Module.named_parameters(recurse: false).Select(p => p.parameter).Where(p => counted.Add(p.Handle));
                    return new LayerSummary(layer.Name, Kind(layer.Module), observed?.OutputShape, own.Sum(p => p.numel()), observed?.MultiplyAdds);
                }),
            ],
            Modules = ModuleTree.Of(model, [.. layers.Select(l => (l.Module, run.Of(l.Module)?.MultiplyAdds))], run.ShapeOf),
            Parameters = parameters.Sum(p => p.numel()),
            TrainableParameters = parameters.Where(p => p.requires_grad).Sum(p => p.numel()),
            OwnMultiplyAdds = layers.Where(l => l.Module is ICountsMultiplyAdds).Sum(l => run.Of(l.Module)?.MultiplyAdds ?? 0),
            LinearMultiplyAdds = layers.Where(l => l.Module is Linear or CausalAttention).Sum(l => run.Of(l.Module)?.MultiplyAdds ?? 0),
            ConvolutionMultiplyAdds = layers.Where(l => l.Module is Conv2d or ConvTranspose2d).Sum(l => run.Of(l.Module)?.MultiplyAdds ?? 0),
            ParameterBytes = parameters.Sum(p => p.numel() * p.ElementSize),
            ActivationBytes = run.ActivationBytes,
            KeptBytes = kept.Sum(o => o.OutputBytes),
            LargestOutput = layers.Select(l => run.Of(l.Module)?.OutputBytes ?? 0).Append(0).Max(),
            Failure = run.Failure,
        };
    }

    /// <summary>Returns the summary as an aligned table with lines ending in <c>\n</c>; "?" marks unknown values.</summary>
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
            // Text is left-aligned, numbers are right-aligned.
            IEnumerable<string> cells = row.Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.AppendJoin("  ", cells).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"{Number(TrainableParameters)} of {Number(Parameters)} parameters are trained; ");
        text.Append(CultureInfo.InvariantCulture, $"parameters take {Megabytes(ParameterBytes)}, ");
        text.Append(CultureInfo.InvariantCulture, $"the outputs for one sample {Megabytes(ActivationBytes)}\n");
        if (Failure is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"The model failed on such a sample: {Failure}\n");
        }

        return text.ToString();
    }

    internal string Sizes() => Inputs is [{ Name: Field.Input }] ? $"{Sample}" : string.Join(", ", Inputs.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}"));

    private static bool IsLayer(nn.Module module)
        => !module.children().Any() || module is ICountsMultiplyAdds || module.named_parameters(recurse: false).Any();

    /// <summary>Returns the type's name without the suffix of generic types.</summary>
    private static string Kind(nn.Module module) => module.GetType().Name.Split('`')[0];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N3} MB");
}
