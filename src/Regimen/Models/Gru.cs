using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Dropout = Regimen.Layers.Dropout;
using Linear = Regimen.Layers.Linear;

namespace Regimen.Models;

/// <summary>A recurrent net of gated recurrent units for sequences: of tokens, which are embedded first, or of float32 values
/// <c>[length, features]</c>. For a target with a token for each position it returns logits <c>[batch, length, vocabulary]</c>; for any other,
/// the outputs <c>[batch, outputs]</c> after the last step of each sample, without its padding.</summary>
/// <remarks>Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation", 2014, in PyTorch's form
/// and with its names and initialisation.</remarks>
[Model("gru")]
public sealed class Gru : nn.Module<Batch, Tensor>, IDescribed, IPortable
{
    private readonly nn.Module<Tensor, Tensor>? embedding;
    private readonly nn.Module gru;
    private readonly Dropout drop;
    private readonly Linear fc;
    private readonly Field _input;
    private readonly bool _isPerPosition;

    /// <summary>Creates the model, with initial weights drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="context">One input: tokens, int64 <c>[length]</c> with their cardinality, or float32 <c>[length, features]</c>; of fixed or
    /// variable length.</param>
    /// <exception cref="RequestException">The input is of another kind.</exception>
    public Gru(GruOptions options, ModelContext context)
        : base(nameof(Gru))
    {
        OptionsCheck.ThrowUnlessValid(options);
        _input = context.Inputs[0];
        bool isFloats = context.Inputs is [{ BatchType: ElementType.Float32, Shape.Rank: 2 }];
        embedding = isFloats ? null : EmbeddingTables.Create(SequenceInput.Tokens("gru", context, "one input: tokens, int64 [length] with a vocabulary, or float32 [length, features]"), options.Width);
        long features = isFloats ? _input.Shape.Dimensions[1] : options.Width;
        double between = options.Layers > 1 ? options.Dropout : 0;
        gru = Arithmetic.IsPortable
            ? new GatedRecurrentUnits(features, options.Width, options.Layers, between)
            : nn.GRU(features, options.Width, options.Layers, batchFirst: true, dropout: between);
        drop = new Dropout(options.Dropout);
        fc = new Linear(options.Width, context.Outputs);
        _isPerPosition = context.Target is { Type: ElementType.Int64, Shape.Rank: 1 };
        RegisterComponents();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, length, vocabulary]</c> or outputs <c>[batch, outputs]</c>.</summary>
    /// <param name="batch">The batch with the model's input: int64 <c>[batch, length]</c> or float32 <c>[batch, length, features]</c>.</param>
    public override Tensor forward(Batch batch)
    {
        Tensor input = batch[_input.Name];
        Tensor values = embedding is null ? input : embedding.call(input);
        Tensor states = gru switch
        {
            GatedRecurrentUnits own => own.call(values),

            // A predictor creates models without knowing their arithmetic.
            _ when Arithmetic.IsPortable => GatedRecurrentUnits.Run(gru, values, between: null),
            _ => ((GRU)gru).call(values).Item1,
        };
        return fc.call(drop.call(_isPerPosition ? states : Last(states, batch)));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue states = graph.Gru(gru, embedding is null ? inputs[0] : graph.Call(embedding, inputs[0]));
        return graph.Call(fc, _isPerPosition ? states : Last(graph, states));
    }

    private GraphValue Last(ModelGraph graph, GraphValue states)
    {
        if (!_input.IsVariable)
        {
            return graph.Select(states, 1, -1);
        }

        GraphValue last = graph.Operator("Sub", [graph.Lengths(_input.Name), graph.Constant(1L)]);
        GraphValue index = graph.Operator("Unsqueeze", [last, graph.Constant(1L)]);
        return graph.Operator("GatherND", [states, index], ("batch_dims", 1));
    }

    /// <summary>Returns the state after the last step of each sample, <c>[batch, width]</c>.</summary>
    private Tensor Last(Tensor states, Batch batch)
    {
        if (!_input.IsVariable)
        {
            return states.select(1, states.size(1) - 1);
        }

        using Tensor one = ones_like(batch.Lengths(_input.Name));
        Tensor last = batch.Lengths(_input.Name).sub(one).view(-1, 1, 1).expand(-1, 1, states.size(2));
        return states.gather(1, last).squeeze(1);
    }
}

/// <summary>The options of <see cref="Gru"/>.</summary>
public sealed record GruOptions
{
    /// <summary>The number of recurrent layers.</summary>
    [Range(1, 64)]
    public int Layers { get; init; } = 1;

    /// <summary>The number of units of each layer, and the size of a token's embedding.</summary>
    [Range(1, 65_536)]
    public int Width { get; init; } = 128;

    /// <summary>The dropout probability between the layers and before the output.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }
}
