using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LayerNorm = TorchSharp.Modules.LayerNorm;

namespace Regimen.Models;

/// <summary>A block of a vision transformer: <c>x + attn(norm1(x))</c>, then <c>x + mlp(norm2(x))</c>.</summary>
internal sealed class VitBlock : nn.Module<Tensor, Tensor>, IDescribed
{
    private readonly LayerNorm norm1;
    private readonly VitAttention attn;
    private readonly LayerNorm norm2;
    private readonly VitPerceptron mlp;

    public VitBlock(VitOptions options)
        : base(nameof(VitBlock))
    {
        norm1 = nn.LayerNorm(options.Width, eps: Vit.Eps);
        attn = new VitAttention(options);
        norm2 = nn.LayerNorm(options.Width, eps: Vit.Eps);
        mlp = new VitPerceptron(options);
        RegisterComponents();
    }

    /// <summary>Returns tokens of the same shape <c>[batch, tokens, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor tokens = input.add(attn.call(norm1.call(input)));
        return tokens.add(mlp.call(norm2.call(tokens)));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue tokens = graph.Add(inputs[0], graph.Call(attn, graph.Call(norm1, inputs[0])));
        return graph.Add(tokens, graph.Call(mlp, graph.Call(norm2, tokens)));
    }
}

/// <summary>Multi-head self-attention (Vaswani and others, "Attention Is All You Need", 2017): each token's vector becomes the average of all
/// tokens' values, weighted by the softmax of the products of its query and their keys.</summary>
internal sealed class VitAttention : nn.Module<Tensor, Tensor>, IDescribed
{
    private readonly Layers.Linear qkv;
    private readonly Layers.Linear proj;
    private readonly Layers.Dropout proj_drop;
    private readonly int _heads;

    public VitAttention(VitOptions options)
        : base(nameof(VitAttention))
    {
        qkv = Vit.Dense(options.Width, 3L * options.Width);
        proj = Vit.Dense(options.Width, options.Width);
        proj_drop = new Layers.Dropout(options.Dropout);
        _heads = options.Heads;
        RegisterComponents();
    }

    /// <summary>Returns tokens of the same shape <c>[batch, tokens, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        (long batch, long tokens, long width) = (input.size(0), input.size(1), input.size(2));

        // Queries, keys and values, each [batch, heads, tokens, width / heads].
        Tensor[] parts = qkv.call(input).reshape(batch, tokens, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4).unbind(0);
        Tensor averages = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return proj_drop.call(proj.call(averages.transpose(1, 2).reshape(batch, tokens, width)));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
        => graph.Call(proj, graph.SelfAttention(graph.Call(qkv, inputs[0]), _heads, proj.InFeatures, isCausal: false));
}

/// <summary>The perceptron of a block: two linear layers with GELU between them.</summary>
internal sealed class VitPerceptron : nn.Module<Tensor, Tensor>, IDescribed
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
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs) => graph.Call(fc2, graph.Gelu(graph.Call(fc1, inputs[0])));
}

/// <summary>Cuts images into patches without overlap, and embeds each.</summary>
internal sealed class VitPatches : nn.Module<Tensor, Tensor>, IDescribed
{
    private readonly Conv2d proj;

    /// <summary>Creates the embedding.</summary>
    /// <param name="channels">The number of channels of the images.</param>
    /// <param name="width">The size of each patch's vector.</param>
    /// <param name="patch">The height and width of a patch.</param>
    public VitPatches(int channels, int width, int patch)
        : base(nameof(VitPatches))
    {
        proj = nn.Conv2d(channels, width, patch, stride: patch);
        RegisterComponents();
    }

    /// <summary>Returns tokens <c>[batch, patches, width]</c>, row by row, for images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input) => proj.call(input).flatten(2).transpose(1, 2);

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
        => graph.Permute(graph.Reshape(graph.Call(proj, inputs[0]), 0, 0, -1), 0, 2, 1);
}
