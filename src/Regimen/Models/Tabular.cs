using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>A perceptron for tables with categories: each categorical column is embedded (<c>embeddings.0</c> …), its vector is concatenated with
/// the numeric columns, and linear layers <c>fc1</c>, <c>fc2</c> … follow. Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Sources: Guo and Berkhahn, "Entity Embeddings of Categorical Variables", 2016; Gorishniy and others, "Revisiting Deep Learning Models
/// for Tabular Data", 2021.</remarks>
[Model("tabular")]
public sealed class Tabular : nn.Module<Batch, Tensor>, IDescribed, IPortable
{
    private const int WidestEmbedding = 600;

    /// <summary>Embeddings start as in Guo and Berkhahn's program: uniform in ± this. Small values keep rare categories near the average.</summary>
    private const double InitialEmbedding = 0.05;

    private readonly ModuleList<nn.Module<Tensor, Tensor>> embeddings = nn.ModuleList<nn.Module<Tensor, Tensor>>();
    private readonly IReadOnlyList<Field> _inputs;
    private readonly Field[] _numbers;
    private readonly Field[] _categories;
    private readonly PerceptronStack _layers;

    /// <summary>Creates the model, with initial values drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="context">The inputs: int64 scalars with a <see cref="Field.Cardinality"/>, at least one, and any float32 fields.</param>
    /// <exception cref="RequestException">The options are out of bounds, or the data has no categories or other inputs.</exception>
    public Tabular(TabularOptions options, ModelContext context)
        : base(nameof(Tabular))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ThrowUnlessTable(context);
        _inputs = context.Inputs;
        _numbers = [.. context.Inputs.Where(f => f.BatchType == ElementType.Float32)];
        _categories = [.. context.Inputs.Where(f => f.BatchType == ElementType.Int64)];
        long width = _numbers.Sum(f => (long)f.Shape.Elements);
        foreach (Field category in _categories)
        {
            int size = options.EmbeddingDim ?? DefaultDim(category.Cardinality!.Value);
            embeddings.Add(Embed(category.Cardinality!.Value, size));
            width += size;
        }

        RegisterComponents();
        _layers = new PerceptronStack(this, [width, .. options.Hidden, context.Outputs], Activation.Relu, Norm.None, options.Dropout);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, outputs]</c>.</summary>
    /// <param name="batch">float32 <c>[batch, …]</c> and int64 <c>[batch]</c>, by the names of the context's inputs.</param>
    public override Tensor forward(Batch batch)
    {
        var parts = new Tensor[_numbers.Length + _categories.Length];
        for (int i = 0; i < _numbers.Length; i++)
        {
            parts[i] = batch[_numbers[i].Name].flatten(1);
        }

        for (int i = 0; i < _categories.Length; i++)
        {
            parts[_numbers.Length + i] = embeddings[i].call(batch[_categories[i].Name]);
        }

        return _layers.Run(cat(parts, 1));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        Dictionary<string, GraphValue> byName = _inputs.Zip(inputs).ToDictionary(i => i.First.Name, i => i.Second);
        IEnumerable<GraphValue> numbers = _numbers.Select(f => graph.Flatten(byName[f.Name]));
        IEnumerable<GraphValue> categories = _categories.Select((f, i) => graph.Call(embeddings[i], byName[f.Name]));
        return _layers.Describe(graph, graph.Concat(1, [.. numbers, .. categories]));
    }

    /// <summary>The size of a column's vectors where no size is set: 1.6 · codes^0.56, rounded, at most 600.</summary>
    /// <param name="codes">The number of different codes.</param>
    internal static int DefaultDim(int codes) => Math.Min(WidestEmbedding, (int)Math.Round(1.6 * Math.Pow(codes, 0.56)));

    private static nn.Module<Tensor, Tensor> Embed(int codes, int size)
    {
        nn.Module<Tensor, Tensor> embedding = EmbeddingTables.Create(codes, size);
        InitialValues.Uniform(EmbeddingTables.TableOf(embedding), InitialEmbedding);

        // Unknown categories may not occur in training: their vector is neutral until they do.
        using Tensor unknown = EmbeddingTables.TableOf(embedding)[TableFeature.UnknownCode];
        InitialValues.Constant(unknown, 0);
        return embedding;
    }

    private static void ThrowUnlessTable(ModelContext context)
    {
        bool areSupported = context.Inputs.All(f => f switch
        {
            { IsVariable: true } => false,
            { BatchType: ElementType.Float32 } => true,
            { BatchType: ElementType.Int64, Shape.Rank: 0, Cardinality: >= 1 } => true,
            _ => false,
        });
        if (!areSupported || !context.Inputs.Any(f => f.BatchType == ElementType.Int64))
        {
            throw new RequestException(new Problem($"The model 'tabular' {(areSupported ? "needs categories, and this data has none" : "does not support these inputs")}")
            {
                Where = "model.name",
                Expected = "an int64 field with the code of a category for at least one column, and float32 fields",
                Received = string.Join(", ", context.Inputs.Select(f => $"{f.Name} {f.BatchType.ToString().ToLowerInvariant()} {f.Shape}")),
                Hint = "Set data.categories=codes for a table with categorical columns. Choose model=mlp for numbers alone.",
            });
        }
    }
}

/// <summary>The options of <see cref="Tabular"/>.</summary>
public sealed record TabularOptions
{
    /// <summary>The size of each column's vectors; null for 1.6 · codes^0.56, rounded, at most 600.</summary>
    [Range(1, 4096)]
    public int? EmbeddingDim { get; init; }

    /// <summary>The number of units of each hidden layer, in order; empty for a linear model of the vectors and numbers.</summary>
    [Range(1, 65_536)]
    [MaxLength(100)]
    [AcceptsSingle]
    public IReadOnlyList<int> Hidden { get; init; } = [128, 64];

    /// <summary>The dropout probability after each hidden layer.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    /// <inheritdoc/>
    public bool Equals(TabularOptions? other)
        => other is not null && Hidden.SequenceEqual(other.Hidden) && (EmbeddingDim, Dropout) == (other.EmbeddingDim, other.Dropout);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hidden.Count, EmbeddingDim, Dropout);
}
