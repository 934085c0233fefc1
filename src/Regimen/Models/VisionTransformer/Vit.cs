using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LayerNorm = Regimen.Layers.LayerNorm;

namespace Regimen.Models;

/// <summary>A vision transformer: the image is cut into square patches, each patch becomes a vector, and blocks of attention and perceptrons
/// follow; the logits are computed from the vector of an additional class token. Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Source: Dosovitskiy and others, "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", 2020. Names, shapes and
/// initial values are those of timm's <c>VisionTransformer</c>, whose weights it loads.</remarks>
[Model("vit")]
public sealed class Vit : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    /// <summary>The standard deviation of the initial weights. timm draws them from a normal distribution truncated at ± 2: 100 standard
    /// deviations, which no draw reaches.</summary>
    internal const double InitialStd = 0.02;

    /// <summary>The ε of layer normalisation.</summary>
    internal const double Eps = 1e-6;

    private const double ClassTokenStd = 1e-6;

    private readonly Parameter cls_token;
    private readonly Parameter pos_embed;
    private readonly VitPatches patch_embed;
    private readonly Layers.Dropout pos_drop;
    private readonly ModuleList<VitBlock> blocks = nn.ModuleList<VitBlock>();
    private readonly LayerNorm norm;
    private readonly Layers.Linear head;

    /// <summary>Creates the model; initial values are drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>, height and width multiples of the patch.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    /// <exception cref="RequestException">The options are out of bounds, the samples are not images, or patches do not fill them.</exception>
    public Vit(VitOptions options, SampleShape input, int outputs)
        : base(nameof(Vit))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ThrowUnlessFilled(input, options.Patch);
        int patches = input.Dimensions[1] / options.Patch * (input.Dimensions[2] / options.Patch);
        cls_token = new Parameter(zeros(1, 1, options.Width));
        pos_embed = new Parameter(zeros(1, patches + 1, options.Width));
        InitialValues.Normal(cls_token, ClassTokenStd);
        InitialValues.Normal(pos_embed, InitialStd);
        patch_embed = new VitPatches(input.Channels, options.Width, options.Patch);
        pos_drop = new Layers.Dropout(options.Dropout);
        for (int i = 0; i < options.Depth; i++)
        {
            blocks.Add(new VitBlock(options));
        }

        norm = new LayerNorm(options.Width, Eps, isLibtorchs: true);
        head = Dense(options.Width, outputs);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = patch_embed.call(input);
        Tensor tokens = pos_drop.call(Arithmetic.IsPortable ? PortableTokens(patches) : cat([cls_token.expand(patches.size(0), -1, -1), patches], 1).add(pos_embed));
        foreach (VitBlock block in blocks)
        {
            tokens = block.call(tokens);
        }

        // The norm is of each token alone, so it is applied to the class token only.
        return head.call(norm.call(tokens.select(1, 0))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue patches = graph.Call(patch_embed, inputs[0]);
        GraphValue batch = graph.Slice(graph.Operator("Shape", [patches]), 0, 0, 1);
        GraphValue classTokens = graph.Operator("Expand", [graph.Weight(cls_token), graph.Concat(0, batch, graph.Constant(1L, cls_token.size(2)))]);
        GraphValue tokens = graph.Add(graph.Concat(1, classTokens, patches), graph.Weight(pos_embed));
        tokens = blocks.Aggregate(tokens, (x, block) => graph.Call(block, x));
        return graph.Call(head, graph.Call(norm, graph.Select(tokens, 1, 0)));
    }

    /// <summary>Creates a linear layer with a transformer's initial values: normally distributed weights, biases of 0.</summary>
    internal static Layers.Linear Dense(long inputs, long outputs)
    {
        var layer = new Layers.Linear(inputs, outputs);
        InitialValues.Normal(layer.Weight, InitialStd);
        InitialValues.Constant(layer.Bias!, 0);
        return layer;
    }

    /// <summary>Adds the class token and the positions by operations whose gradients are sums in one order.</summary>
    private Tensor PortableTokens(Tensor patches)
    {
        Tensor classTokens = AddToEach.Run(zeros(patches.size(0), 1, patches.size(2)), cls_token.squeeze(0));
        return AddToEach.Run(cat([classTokens, patches], 1), pos_embed.squeeze(0));
    }

    private static void ThrowUnlessFilled(SampleShape input, int patch)
    {
        if (input.Rank != 3 || input.Dimensions[1] % patch != 0 || input.Dimensions[2] % patch != 0)
        {
            throw ImageInput.Refused("vit", input, $"height and width multiples of model.patch={patch}", "another model.patch, or transforms that resize the images");
        }
    }
}

/// <summary>The options of <see cref="Vit"/>.</summary>
public sealed record VitOptions : IValidatableObject
{
    /// <summary>The height and width of a patch. It must divide those of the images.</summary>
    [Range(1, 1024)]
    public int Patch { get; init; } = 4;

    /// <summary>The size of each token's vector.</summary>
    [Range(1, 8192)]
    public int Width { get; init; } = 128;

    /// <summary>The number of blocks.</summary>
    [Range(1, 200)]
    public int Depth { get; init; } = 6;

    /// <summary>The number of attention heads. It must divide the width.</summary>
    [Range(1, 256)]
    public int Heads { get; init; } = 4;

    /// <summary>The hidden units of each block's perceptron, as a multiple of the width.</summary>
    [Range(0.0, 64.0, MinimumIsExclusive = true)]
    public double MlpRatio { get; init; } = 4;

    /// <summary>The dropout probability after the position embedding and after each linear layer of the blocks but the first of attention.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    /// <summary>The hidden units of each block's perceptron.</summary>
    internal long HiddenUnits => Math.Max(1, (long)(Width * MlpRatio));

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Width % Heads != 0)
        {
            yield return new ValidationResult($"The width {Width} is not a multiple of {Heads} heads", [nameof(Heads)]);
        }
    }
}
