using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>A U-Net, for semantic segmentation: an encoder whose levels halve height and width and double the channels, and a decoder that doubles
/// height and width again and receives the features of each level of the encoder. Returns logits <c>[batch, outputs, height, width]</c>.</summary>
/// <remarks>Source: Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015; with padded convolutions and
/// batch normalisation, so that the output has the size of the input. An image whose sides are not divisible by <c>2^depth</c> is continued on the
/// right and below with its last pixels, and the output is cut to its size.</remarks>
[Model("unet")]
public sealed class UNet : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly TorchSharp.Modules.ModuleList<UNetBlock> encoder;
    private readonly TorchSharp.Modules.ModuleList<ConvTranspose2d> upsample;
    private readonly TorchSharp.Modules.ModuleList<UNetBlock> decoder;
    private readonly Conv2d head;
    private readonly int _height;
    private readonly int _width;
    private readonly int _right;
    private readonly int _below;

    /// <summary>Creates the network with PyTorch's initialisation, drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>.</param>
    /// <param name="outputs">The number of logits per pixel, at least 1.</param>
    public UNet(UNetOptions options, SampleShape input, int outputs)
        : base(nameof(UNet))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ImageInput.ThrowUnlessAtLeast("unet", input, 1);
        (_height, _width) = (input.Dimensions[1], input.Dimensions[2]);
        int multiple = 1 << options.Depth;
        (_below, _right) = (-_height & (multiple - 1), -_width & (multiple - 1));
        encoder = new TorchSharp.Modules.ModuleList<UNetBlock>();
        upsample = new TorchSharp.Modules.ModuleList<ConvTranspose2d>();
        decoder = new TorchSharp.Modules.ModuleList<UNetBlock>();
        int channels = input.Channels;
        for (int level = 0; level <= options.Depth; level++)
        {
            encoder.Add(new UNetBlock(channels, options.Width << level));
            channels = options.Width << level;
        }

        for (int level = options.Depth - 1; level >= 0; level--)
        {
            upsample.Add(new ConvTranspose2d(channels, channels / 2, 2, stride: 2));
            decoder.Add(new UNetBlock(channels, channels / 2));
            channels /= 2;
        }

        head = new Conv2d(channels, outputs, 1);
        RegisterComponents();
    }

    /// <summary>Returns logits <c>[batch, outputs, height, width]</c> for float32 images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        int depth = upsample.Count;
        var levels = new Tensor[depth];
        Tensor features = _below + _right == 0 ? input : nn.functional.pad(input, (0, _right, 0, _below), PaddingModes.Replicate);
        for (int level = 0; level < depth; level++)
        {
            levels[level] = encoder[level].call(features);
            features = nn.functional.max_pool2d(levels[level], kernel_size: 2);
        }

        features = encoder[depth].call(features);
        for (int i = 0; i < depth; i++)
        {
            features = decoder[i].call(cat([levels[depth - 1 - i], upsample[i].call(features)], 1));
        }

        Tensor logits = head.call(features);
        return (_below + _right == 0 ? logits : logits.narrow(2, 0, _height).narrow(3, 0, _width)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>Continuing an image with its last pixels copies; its gradient would be a sum, but images have none.</remarks>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        int depth = upsample.Count;
        var levels = new GraphValue[depth];
        GraphValue features = _below + _right == 0 ? inputs[0] : graph.Operator("Pad", [inputs[0], graph.Constant(0L, 0, 0, 0, 0, 0, _below, _right)], ("mode", "edge"));
        for (int level = 0; level < depth; level++)
        {
            levels[level] = graph.Call(encoder[level], features);
            features = graph.MaxPool(levels[level], kernel: [2, 2]);
        }

        features = graph.Call(encoder[depth], features);
        for (int i = 0; i < depth; i++)
        {
            features = graph.Call(decoder[i], graph.Concat(1, levels[depth - 1 - i], graph.Call(upsample[i], features)));
        }

        GraphValue logits = graph.Call(head, features);
        return _below + _right == 0 ? logits : graph.Slice(graph.Slice(logits, 2, 0, _height), 3, 0, _width);
    }
}

/// <summary>The options of <see cref="UNet"/>.</summary>
public sealed record UNetOptions
{
    /// <summary>The channels of the first level. Each further level has twice as many.</summary>
    [Range(1, 256)]
    public int Width { get; init; } = 16;

    /// <summary>How often height and width are halved.</summary>
    [Range(1, 6)]
    public int Depth { get; init; } = 3;
}
