using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>Cuts images into patches without overlap, and embeds each.</summary>
internal sealed class VitPatches : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Conv2d proj;

    /// <summary>Creates the embedding.</summary>
    /// <param name="channels">The number of channels of the images.</param>
    /// <param name="width">The size of each patch's vector.</param>
    /// <param name="patch">The height and width of a patch.</param>
    public VitPatches(int channels, int width, int patch)
        : base(nameof(VitPatches))
    {
        proj = new Conv2d(channels, width, patch, stride: patch);
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
