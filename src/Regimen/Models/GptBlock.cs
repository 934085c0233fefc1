using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>A block of <see cref="Gpt"/>: attention and a perceptron, each after a layer norm and added to its input.</summary>
internal sealed class GptBlock : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly LayerNorm ln_1;
    private readonly GptAttention attn;
    private readonly LayerNorm ln_2;
    private readonly GptMlp mlp;

    public GptBlock(int width, int heads, double dropout)
        : base(nameof(GptBlock))
    {
        ln_1 = new LayerNorm(width);
        attn = new GptAttention(width, heads, dropout);
        ln_2 = new LayerNorm(width);
        mlp = new GptMlp(width, dropout);
        RegisterComponents();
    }

    /// <summary>Returns <c>[batch, length, width]</c> for the same shape.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor x = input.add(attn.call(ln_1.call(input)));
        return x.add(mlp.call(ln_2.call(x)));
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue x = graph.Add(inputs[0], graph.Call(attn, graph.Call(ln_1, inputs[0])));
        return graph.Add(x, graph.Call(mlp, graph.Call(ln_2, x)));
    }
}

/// <summary>Causal self-attention with several heads: a position attends to itself and to the positions before it.</summary>
internal sealed class GptAttention : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Linear c_attn;
    private readonly CausalAttention attention;
    private readonly Linear c_proj;
    private readonly Dropout drop;

    public GptAttention(int width, int heads, double dropout)
        : base(nameof(GptAttention))
    {
        c_attn = new Linear(width, 3 * width);
        attention = new CausalAttention(heads, dropout);
        c_proj = new Linear(width, width);
        drop = new Dropout(dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => drop.call(c_proj.call(attention.call(c_attn.call(input))));

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
        => graph.Call(c_proj, graph.SelfAttention(graph.Call(c_attn, inputs[0]), attention.Heads, c_proj.InFeatures, isCausal: true));
}

/// <summary>A perceptron with one hidden layer of four times the width and GELU.</summary>
internal sealed class GptMlp : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Linear c_fc;
    private readonly Gelu act;
    private readonly Linear c_proj;
    private readonly Dropout drop;

    public GptMlp(int width, double dropout)
        : base(nameof(GptMlp))
    {
        c_fc = new Linear(width, 4 * width);
        act = new Gelu();
        c_proj = new Linear(4 * width, width);
        drop = new Dropout(dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => drop.call(c_proj.call(act.call(c_fc.call(input))));

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs) => graph.Call(c_proj, graph.Call(act, graph.Call(c_fc, inputs[0])));
}
