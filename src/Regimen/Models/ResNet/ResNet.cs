using System.Globalization;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>The first layers of a residual network.</summary>
public enum ResNetStem
{
    /// <summary>A 7×7 convolution of stride 2 and 3×3 max-pooling of stride 2, for images of about 224×224.</summary>
    Imagenet,

    /// <summary>A 3×3 convolution of stride 1 without pooling, for images of about 32×32.</summary>
    Small,
}

/// <summary>A residual network: a stem, four stages of residual blocks, of which each halves height and width and doubles the channels, average
/// pooling, and a linear layer. Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015. Names, shapes and initial values are those of
/// torchvision, whose weights it loads (with the imagenet stem, 3 channels and as many outputs).</remarks>
public abstract class ResNet : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private const int FirstChannels = 64;

    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly ModuleHooks _bn1Hooks;
    private readonly TorchSharp.Modules.Sequential[] _stages = new TorchSharp.Modules.Sequential[4];
    private readonly Layers.Linear fc;
    private readonly bool _pools;

    /// <summary>Creates the network; initial values are drawn from libtorch's default generator.</summary>
    /// <param name="name">The name of the class.</param>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    /// <param name="blocks">The number of blocks of each stage.</param>
    /// <param name="expansion">1 for blocks of two 3×3 convolutions; 4 for bottlenecks, whose output has 4 times the channels.</param>
    private protected ResNet(string name, ResNetOptions options, SampleShape input, int outputs, int[] blocks, int expansion)
        : base(name)
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ImageInput.ThrowUnlessAtLeast(name.ToLowerInvariant(), input, 1);
        _pools = options.Stem == ResNetStem.Imagenet;
        conv1 = _pools
            ? new Conv2d(input.Channels, FirstChannels, 7, stride: 2, padding: 3, hasBias: false)
            : new Conv2d(input.Channels, FirstChannels, 3, padding: 1, hasBias: false);
        bn1 = new BatchNorm2d(FirstChannels);
        register_module(nameof(conv1), conv1);
        register_module(nameof(bn1), bn1);
        _bn1Hooks = new ModuleHooks(bn1);
        int channels = FirstChannels;
        for (int stage = 0; stage < _stages.Length; stage++)
        {
            int width = FirstChannels << stage;
            var modules = new nn.Module<Tensor, Tensor>[blocks[stage]];
            for (int block = 0; block < modules.Length; block++)
            {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                modules[block] = expansion == 1 ? new ResNetBlock(channels, width, stride) : new ResNetBottleneck(channels, width, stride, width * expansion);
                channels = width * expansion;
            }

            _stages[stage] = nn.Sequential(modules);
            register_module(string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}"), _stages[stage]);
        }

        fc = new Layers.Linear(channels, outputs);
        register_module(nameof(fc), fc);
        foreach (Conv2d convolution in modules().OfType<Conv2d>())
        {
            InitialValues.KaimingNormalFanOut(convolution.weight);
        }
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 images <c>[batch, channels, height, width]</c>.</summary>
    public sealed override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = bn1.CallAndRectify(_bn1Hooks, conv1.call(input));
        if (_pools)
        {
            features = nn.functional.max_pool2d(features, kernel_size: 3, stride: 2, padding: 1);
        }

        foreach (TorchSharp.Modules.Sequential stage in _stages)
        {
            features = stage.call(features);
        }

        return fc.call(AveragePool.Whole(features).flatten(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue features = graph.Relu(graph.Call(bn1, graph.Call(conv1, inputs[0])));
        if (_pools)
        {
            features = graph.MaxPool(features, kernel: [3, 3], stride: [2, 2], padding: [1, 1]);
        }

        features = _stages.Aggregate(features, (x, stage) => graph.Call(stage, x));
        return graph.Call(fc, graph.Flatten(graph.GlobalAveragePool(features)));
    }
}

/// <summary>The options of <see cref="ResNet18"/>, <see cref="ResNet34"/> and <see cref="ResNet50"/>.</summary>
public sealed record ResNetOptions
{
    /// <summary>The first layers: imagenet, for images of about 224×224, or small, for images of about 32×32.</summary>
    public ResNetStem Stem { get; init; } = ResNetStem.Imagenet;
}
