using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = Regimen.Layers.Linear;

namespace Regimen.Models;

/// <summary>GPT-2 of any size: a decoder-only transformer with layer norm before each sublayer, learned positions, GELU and causal attention.
/// Returns the logits of the next token at each position, <c>[batch, length, vocabulary]</c>.</summary>
/// <remarks>Radford et al., "Language Models are Unsupervised Multitask Learners", 2019. Parameters have GPT-2's names, and linear layers PyTorch's
/// layout <c>[out, in]</c>. Initial weights are normal with a deviation of 0.02, divided by √(2·layers) for the layers that write to the
/// residual sum.</remarks>
[Model("gpt")]
public sealed class Gpt : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private const double Deviation = 0.02;

    private readonly nn.Module<Tensor, Tensor> wte;
    private readonly nn.Module<Tensor, Tensor> wpe;
    private readonly Layers.Dropout drop;
    private readonly ModuleList<GptBlock> h;
    private readonly Layers.LayerNorm ln_f;
    private readonly Linear? lm_head;
    private readonly int _context;

    /// <summary>Creates the model, with initial weights drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="context">One input of tokens, int64 <c>[length]</c> with its cardinality; the length is the maximum. One output per token of the
    /// vocabulary.</param>
    /// <exception cref="RequestException">The input is not tokens, or the width is not a multiple of the heads.</exception>
    public Gpt(GptOptions options, ModelContext context)
        : base(nameof(Gpt))
    {
        OptionsCheck.ThrowUnlessValid(options);
        int vocabulary = SequenceInput.Tokens("gpt", context, "one input of tokens, int64 [length] with a vocabulary");
        if (options.Width % options.Heads != 0)
        {
            throw new RequestException(new Problem("The width is not a multiple of the number of heads")
            {
                Where = "model.width",
                Expected = $"a multiple of model.heads={options.Heads}",
                Received = $"{options.Width}",
            });
        }

        if (options.Tie && context.Outputs != vocabulary)
        {
            throw new RequestException(new Problem("Only a model that predicts its own tokens can use their embeddings for the output")
            {
                Where = "model.tie",
                Expected = $"{vocabulary} outputs, one per token, or false",
                Received = $"true, with {context.Outputs} outputs",
                Hint = "Set model.tie=false.",
            });
        }

        _context = context.InputShape.Dimensions[0];
        wte = EmbeddingTables.Create(vocabulary, options.Width);
        wpe = EmbeddingTables.Create(_context, options.Width);
        drop = new Layers.Dropout(options.Dropout);
        h = nn.ModuleList([.. Enumerable.Range(0, options.Layers).Select(_ => new GptBlock(options.Width, options.Heads, options.Dropout))]);
        ln_f = new Layers.LayerNorm(options.Width);
        lm_head = options.Tie ? null : new Linear(options.Width, context.Outputs, hasBias: false);
        RegisterComponents();
        Initialize(options.Layers);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, length, vocabulary]</c> for tokens, int64 <c>[batch, length]</c>, of at most the context's length. The logits
    /// at a position depend on the tokens up to it.</summary>
    public override Tensor forward(Tensor input)
    {
        long length = input.size(1);
        if (length > _context)
        {
            throw new ArgumentException($"Expected at most {_context} tokens; received {length}.", nameof(input));
        }

        Tensor positions = arange(length, device: input.device);
        (Tensor tokens, Tensor places) = (wte.call(input), wpe.call(positions));
        Tensor x = drop.call(Arithmetic.IsPortable ? AddToEach.Run(tokens, places) : tokens.add_(places));
        foreach (GptBlock block in h)
        {
            x = block.call(x);
        }

        x = ln_f.call(x);
        return lm_head is not null ? lm_head.call(x) : Arithmetic.IsPortable ? WeightProduct.Run(x, EmbeddingTables.TableOf(wte)) : nn.functional.linear(x, EmbeddingTables.TableOf(wte));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue length = graph.Slice(graph.Operator("Shape", [inputs[0]]), 0, 1, 2);
        GraphValue positions = graph.Operator("Slice", [graph.Weight(EmbeddingTables.TableOf(wpe)), graph.Constant(0L), length, graph.Constant(0L)]);
        GraphValue x = graph.Add(graph.Call(wte, inputs[0]), positions);
        x = h.Aggregate(x, (value, block) => graph.Call(block, value));
        x = graph.Call(ln_f, x);
        return lm_head is null ? graph.Linear(x, EmbeddingTables.TableOf(wte), null) : graph.Call(lm_head, x);
    }

    private void Initialize(int layers)
    {
        using IDisposable noGrad = no_grad();
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (name.EndsWith(".bias", StringComparison.Ordinal))
            {
                using Tensor zero = parameter.zero_();
            }
            else if (!name.Contains("ln_", StringComparison.Ordinal))
            {
                InitialValues.Normal(parameter, name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? Deviation / Math.Sqrt(2 * layers) : Deviation);
            }
        }
    }
}

/// <summary>The options of <see cref="Gpt"/>.</summary>
public sealed record GptOptions
{
    /// <summary>The number of blocks.</summary>
    [Range(1, 1024)]
    public int Layers { get; init; } = 4;

    /// <summary>The number of values per position, a multiple of the heads.</summary>
    [Range(1, 65_536)]
    public int Width { get; init; } = 128;

    /// <summary>The number of attention heads of each block.</summary>
    [Range(1, 1024)]
    public int Heads { get; init; } = 4;

    /// <summary>The dropout probability of the embeddings, the attention weights and each sublayer's output.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    /// <summary>Whether the output layer uses the weights of the token embeddings (Press and Wolf, 2017); otherwise it has its own, lm_head.</summary>
    public bool Tie { get; init; } = true;
}
