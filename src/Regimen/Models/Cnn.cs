using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Data;
using Regimen.Graphs;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>The convolutional net of PyTorch's MNIST example, of any size: convolutions without padding (<c>conv1</c>, <c>conv2</c> …), max-pooling
/// by 2, a hidden layer (<c>fc1</c>), the logits (<c>fc2</c>); dropout before both. Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Source: pytorch/examples, <c>mnist/main.py</c>; LeCun and others, "Backpropagation Applied to Handwritten Zip Code Recognition", 1989.
/// The final log-softmax is part of the objective.</remarks>
[Model("cnn")]
public sealed class Cnn : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private const int Pool = 2;

    private readonly Conv2d[] _convolutions;
    private readonly BatchNorm2d[] _norms;

    /// <summary>For each convolution, the hooks of the layer whose output the ReLU gets.</summary>
    private readonly ModuleHooks[] _hooks;
    private readonly Dropout dropout1;
    private readonly Dropout dropout2;
    private readonly Linear fc1;
    private readonly Linear fc2;

    /// <summary>Creates the model with PyTorch's initialisation, drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>, height and width at least 6 with the default options.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    /// <exception cref="RequestException">The options are out of bounds, the samples are not images, or the images are too small.</exception>
    public Cnn(CnnOptions options, SampleShape input, int outputs)
        : base(nameof(Cnn))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        int removed = options.Channels.Count * (options.Kernel - 1);
        ImageInput.ThrowUnlessAtLeast("cnn", input, removed + Pool);
        long pooledHeight = (input.Dimensions[1] - removed) / Pool;
        long pooledWidth = (input.Dimensions[2] - removed) / Pool;
        _convolutions = new Conv2d[options.Channels.Count];
        _norms = new BatchNorm2d[options.Norm == Norm.None ? 0 : options.Channels.Count];
        _hooks = new ModuleHooks[options.Channels.Count];
        long channels = input.Channels;
        for (int i = 0; i < _convolutions.Length; i++)
        {
            Register("conv", i, _convolutions[i] = new Conv2d(channels, options.Channels[i], options.Kernel));
            if (i < _norms.Length)
            {
                Register("norm", i, _norms[i] = new BatchNorm2d(options.Channels[i]));
            }

            _hooks[i] = new ModuleHooks(i < _norms.Length ? _norms[i] : _convolutions[i]);
            channels = options.Channels[i];
        }

        dropout1 = new Dropout(options.Dropout1);
        dropout2 = new Dropout(options.Dropout2);
        fc1 = new Linear(channels * pooledHeight * pooledWidth, options.Hidden);
        fc2 = new Linear(options.Hidden, outputs);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        int last = _convolutions.Length - 1;
        Tensor features = input;
        for (int i = 0; i < last; i++)
        {
            features = _norms.Length > 0 ? _norms[i].CallAndRectify(_hooks[i], _convolutions[i].call(features)) : _convolutions[i].CallAndRectify(_hooks[i], features);
        }

        // The last ReLU follows the pooling, which leaves a quarter of the values. ReLU and max-pooling commute, so output and gradients
        // are the same. The pooled tensor has no other use, so the ReLU works in place.
        Tensor pooled = _norms.Length > 0
            ? nn.functional.max_pool2d(_norms[last].call(_convolutions[last].call(features)), Pool).relu_()
            : _convolutions[last].CallPoolAndRectify(_hooks[last], features, Pool);
        // Flatten before dropout: with channels last, this is the only operation that reorders memory.
        pooled = dropout1.call(pooled.flatten(1));
        Tensor hidden = Relu.After(fc1.Hooks, fc1.call(pooled));
        return fc2.call(dropout2.call(hidden));
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue features = inputs[0];
        for (int i = 0; i < _convolutions.Length; i++)
        {
            features = graph.Call(_convolutions[i], features);
            features = graph.Relu(_norms.Length > 0 ? graph.Call(_norms[i], features) : features);
        }

        GraphValue pooled = graph.Flatten(graph.MaxPool(features, [Pool, Pool]));
        return graph.Call(fc2, graph.Relu(graph.Call(fc1, pooled)));
    }

    private void Register(string name, int index, nn.Module layer) => register_module(string.Create(CultureInfo.InvariantCulture, $"{name}{index + 1}"), layer);
}

/// <summary>The options of <see cref="Cnn"/>.</summary>
public sealed record CnnOptions
{
    /// <summary>The number of channels of each convolution, in order.</summary>
    [Range(1, 4096)]
    [Length(1, 20)]
    [AcceptsSingle]
    public IReadOnlyList<int> Channels { get; init; } = [32, 64];

    /// <summary>The height and width of each convolution's kernel. Each convolution removes kernel − 1 rows and columns.</summary>
    [Range(1, 15)]
    public int Kernel { get; init; } = 3;

    /// <summary>The number of units of the hidden layer.</summary>
    [Range(1, 65_536)]
    public int Hidden { get; init; } = 128;

    /// <summary>The dropout probability of the pooled values.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout1 { get; init; } = 0.25;

    /// <summary>The dropout probability of the hidden layer.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout2 { get; init; } = 0.5;

    /// <summary>The normalisation between each convolution and its ReLU.</summary>
    [AllowedValues(Norm.None, Norm.Batch)]
    public Norm Norm { get; init; } = Norm.None;

    /// <inheritdoc/>
    public bool Equals(CnnOptions? other) => other is not null && Channels.SequenceEqual(other.Channels)
        && (Kernel, Hidden, Dropout1, Dropout2, Norm) == (other.Kernel, other.Hidden, other.Dropout1, other.Dropout2, other.Norm);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Channels.Count, Kernel, Hidden, Dropout1, Dropout2, Norm);
}
