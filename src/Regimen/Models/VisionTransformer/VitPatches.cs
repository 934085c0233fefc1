using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>Cuts images into patches without overlap, and embeds each.</summary>
internal sealed class VitPatches : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly nn.Module<Tensor, Tensor> proj;

    /// <summary>Creates the embedding.</summary>
    /// <param name="channels">The number of channels of the images.</param>
    /// <param name="width">The size of each patch's vector.</param>
    /// <param name="patch">The height and width of a patch.</param>
    public VitPatches(int channels, int width, int patch)
        : base(nameof(VitPatches))
    {
        proj = Arithmetic.IsPortable ? new VitProjection(channels, width, patch) : nn.Conv2d(channels, width, patch, stride: patch);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns tokens <c>[batch, patches, width]</c>, row by row, for images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input) => proj.call(input).flatten(2).transpose(1, 2);

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
        => graph.Permute(graph.Reshape(graph.Call(proj, inputs[0]), 0, 0, -1), 0, 2, 1);
}

/// <summary>A convolution whose kernel covers each pixel once, computed as a linear layer of the patches for <see cref="Bits.Portable"/>. It has the names
/// of <c>torch.nn.Conv2d</c> and its distribution of initial values.</summary>
internal sealed class VitProjection : nn.Module<Tensor, Tensor>, IDescribed, IPortable, ICountsMultiplyAdds
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly int _patch;

    /// <summary>Creates the convolution.</summary>
    /// <param name="channels">The number of channels of the images.</param>
    /// <param name="width">The number of outputs of a patch.</param>
    /// <param name="patch">The height and width of a patch.</param>
    public VitProjection(int channels, int width, int patch)
        : base(nameof(Conv2d))
    {
        _patch = patch;
        weight = new Parameter(empty(width, channels, patch, patch));
        bias = new Parameter(empty(width));
        double bound = 1 / Math.Sqrt((double)channels * patch * patch);
        InitialUniform.Fill(weight, bound);
        InitialUniform.Fill(bias, bound);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public long MultiplyAdds(Tensor input, Tensor output) => output.numel() * (weight.numel() / weight.size(0));

    /// <summary>Returns <c>[batch, width, rows of patches, columns of patches]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        if (!Arithmetic.IsPortable)
        {
            return nn.functional.conv2d(input, weight, bias, strides: [_patch, _patch]);
        }

        (long batch, long channels, long rows, long columns) = (input.size(0), input.size(1), input.size(2) / _patch, input.size(3) / _patch);
        Tensor patches = input.reshape(batch, channels, rows, _patch, columns, _patch).permute(0, 2, 4, 1, 3, 5).reshape(batch * rows * columns, -1);
        return WeightProduct.Run(patches, weight.flatten(1), bias).view(batch, rows, columns, -1).permute(0, 3, 1, 2);
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs) => graph.Operator(
        "Conv", [inputs[0], graph.Weight(weight), graph.Weight(bias)],
        [("kernel_shape", new long[] { _patch, _patch }), ("strides", new long[] { _patch, _patch }), ("pads", new long[4]), ("dilations", new long[] { 1, 1 }), ("group", 1L)]);
}
