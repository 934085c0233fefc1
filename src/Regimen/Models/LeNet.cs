using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>The pooling of <see cref="LeNet"/>.</summary>
public enum LeNetPooling
{
    /// <summary>The average of 2×2 values.</summary>
    Avg,

    /// <summary>The maximum of 2×2 values.</summary>
    Max,
}

/// <summary>LeNet-5: two 5×5 convolutions of 6 and 16 channels (<c>conv1</c>, <c>conv2</c>), each with an activation and pooling by 2, and linear
/// layers of 120, 84 and as many units as outputs (<c>fc1</c>, <c>fc2</c>, <c>fc3</c>). Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998. As in today's versions
/// each channel of the second convolution sees all channels of the first, pooling has no parameters, and the last layer is linear.</remarks>
[Model("lenet")]
public sealed class LeNet : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private const int Channels1 = 6;
    private const int Channels2 = 16;
    private const int Kernel = 5;
    private const int Pool = 2;

    /// <summary>The smallest height and width: 16, 12, 6, 2, 1.</summary>
    private const int SmallestSide = 16;

    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly ModuleHooks _conv1Hooks;
    private readonly ModuleHooks _conv2Hooks;
    private readonly PerceptronStack _layers;
    private readonly Activation _activation;
    private readonly LeNetPooling _pooling;

    /// <summary>Creates the model with PyTorch's initialisation, drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>, height and width at least 16.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    /// <exception cref="RequestException">The samples are not images, or the images are too small.</exception>
    public LeNet(LeNetOptions options, SampleShape input, int outputs)
        : base(nameof(LeNet))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ImageInput.ThrowUnlessAtLeast("lenet", input, SmallestSide);
        (_activation, _pooling) = (options.Activation, options.Pooling);
        conv1 = new Conv2d(input.Channels, Channels1, Kernel);
        conv2 = new Conv2d(Channels1, Channels2, Kernel);
        RegisterComponents();
        _conv1Hooks = new ModuleHooks(conv1);
        _conv2Hooks = new ModuleHooks(conv2);
        _layers = new PerceptronStack(
            this, [Channels2 * Pooled(Pooled(input.Dimensions[1])) * Pooled(Pooled(input.Dimensions[2])), 120, 84, outputs], options.Activation, Norm.None, dropout: 0);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor features = Pooled(_activation.After(_conv1Hooks, conv1.call(input)));
        features = Pooled(_activation.After(_conv2Hooks, conv2.call(features)));
        return _layers.Run(features.flatten(1));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue features = Pooled(graph, _activation.Describe(graph, graph.Call(conv1, inputs[0])));
        features = Pooled(graph, _activation.Describe(graph, graph.Call(conv2, features)));
        return _layers.Describe(graph, graph.Flatten(features));
    }

    /// <summary>The side of an image after a convolution and pooling.</summary>
    private static long Pooled(long side) => (side - Kernel + 1) / Pool;

    private GraphValue Pooled(ModelGraph graph, GraphValue features)
        => _pooling == LeNetPooling.Max ? graph.MaxPool(features, [Pool, Pool]) : graph.AveragePool(features, [Pool, Pool]);

    private Tensor Pooled(Tensor features) => _pooling == LeNetPooling.Max ? nn.functional.max_pool2d(features, Pool) : AveragePool.Windows(features, Pool);
}

/// <summary>The options of <see cref="LeNet"/>.</summary>
public sealed record LeNetOptions
{
    /// <summary>The activation function: tanh as in 1998, or relu.</summary>
    [AllowedValues(Activation.Tanh, Activation.Relu)]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>The pooling: avg as in 1998, or max.</summary>
    public LeNetPooling Pooling { get; init; } = LeNetPooling.Avg;
}
