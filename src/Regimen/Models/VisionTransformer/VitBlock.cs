using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;
using LayerNorm = Regimen.Layers.LayerNorm;

namespace Regimen.Models;

/// <summary>A block of a vision transformer: <c>x + attn(norm1(x))</c>, then <c>x + mlp(norm2(x))</c>.</summary>
internal sealed class VitBlock : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly LayerNorm norm1;
    private readonly VitAttention attn;
    private readonly LayerNorm norm2;
    private readonly VitPerceptron mlp;

    public VitBlock(VitOptions options)
        : base(nameof(VitBlock))
    {
        norm1 = new LayerNorm(options.Width, Vit.Eps, isLibtorchs: true);
        attn = new VitAttention(options);
        norm2 = new LayerNorm(options.Width, Vit.Eps, isLibtorchs: true);
        mlp = new VitPerceptron(options);
        RegisterComponents();
    }

    /// <summary>Returns tokens of the same shape <c>[batch, tokens, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        // Without gradients, what a block computes inside is freed at once, not at the end of the batch.
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = input.add(attn.call(norm1.call(input)));
        return tokens.add(mlp.call(norm2.call(tokens))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue tokens = graph.Add(inputs[0], graph.Call(attn, graph.Call(norm1, inputs[0])));
        return graph.Add(tokens, graph.Call(mlp, graph.Call(norm2, tokens)));
    }
}

/// <summary>Multi-head self-attention (Vaswani and others, "Attention Is All You Need", 2017): each token's vector becomes the average of all
/// tokens' values, weighted by the softmax of the products of its query and their keys.</summary>
internal sealed class VitAttention : nn.Module<Tensor, Tensor>, IDescribed, IPortable, ICountsMultiplyAdds
{
    private readonly Layers.Linear qkv;
    private readonly Layers.Linear proj;
    private readonly Layers.Dropout proj_drop;
    private readonly int _heads;
    private readonly AttentionOperation _attention;

    public VitAttention(VitOptions options)
        : base(nameof(VitAttention))
    {
        qkv = Vit.Dense(options.Width, 3L * options.Width);
        proj = Vit.Dense(options.Width, options.Width);
        proj_drop = new Layers.Dropout(options.Dropout);
        _heads = options.Heads;
        _attention = new AttentionOperation(_heads, isCausal: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    /// <remarks>The scores of every pair of tokens, and the weighted values.</remarks>
    public long MultiplyAdds(Tensor input, Tensor output) => 2 * input.numel() * input.size(1);

    /// <summary>Returns tokens of the same shape <c>[batch, tokens, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        (long batch, long tokens, long width) = (input.size(0), input.size(1), input.size(2));

        if (Arithmetic.IsPortable)
        {
            return proj_drop.call(proj.call(FusedFunction.Run(_attention, qkv.call(input))));
        }

        // Queries, keys and values, each [batch, heads, tokens, width / heads].
        Tensor[] parts = qkv.call(input).reshape(batch, tokens, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4).unbind(0);
        Tensor averages = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return proj_drop.call(proj.call(averages.transpose(1, 2).reshape(batch, tokens, width)));
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
        => graph.Call(proj, graph.SelfAttention(graph.Call(qkv, inputs[0]), _heads, proj.InFeatures, isCausal: false));
}

/// <summary>The perceptron of a block: two linear layers with GELU between them.</summary>
internal sealed class VitPerceptron : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Layers.Linear fc1;
    private readonly Layers.Dropout drop1;
    private readonly Layers.Linear fc2;
    private readonly Layers.Dropout drop2;

    public VitPerceptron(VitOptions options)
        : base(nameof(VitPerceptron))
    {
        fc1 = Vit.Dense(options.Width, options.HiddenUnits);
        drop1 = new Layers.Dropout(options.Dropout);
        fc2 = Vit.Dense(options.HiddenUnits, options.Width);
        drop2 = new Layers.Dropout(options.Dropout);
        RegisterComponents();
    }

    /// <summary>Returns tokens of the same shape <c>[batch, tokens, width]</c>.</summary>
    public override Tensor forward(Tensor input) => drop2.call(fc2.call(drop1.call(Activation.Gelu.After(fc1.Hooks, fc1.call(input)))));

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs) => graph.Call(fc2, graph.Gelu(graph.Call(fc1, inputs[0])));
}
