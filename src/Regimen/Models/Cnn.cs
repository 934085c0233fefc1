using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>The convolutional net of PyTorch's MNIST example: two 3×3 convolutions (32 and 64 channels), max-pooling by 2, a hidden
/// layer of 128, dropout after both. Returns logits <c>[batch, outputs]</c>.</summary>
/// <remarks>Source: pytorch/examples, <c>mnist/main.py</c>. The final log-softmax is part of the objective.</remarks>
[Model("cnn")]
public sealed class Cnn : nn.Module<Tensor, Tensor>
{
    private const int Channels1 = 32;
    private const int Channels2 = 64;
    private const int Hidden = 128;
    private const int Kernel = 3;
    private const int Pool = 2;

    /// <summary>The smallest height and width: each convolution removes 2 rows and columns, and pooling needs one window of the rest.</summary>
    private const int SmallestSide = (2 * (Kernel - 1)) + Pool;

    private readonly TorchSharp.Modules.Conv2d conv1;
    private readonly TorchSharp.Modules.Conv2d conv2;
    private readonly Dropout dropout1;
    private readonly Dropout dropout2;
    private readonly Linear fc1;
    private readonly Linear fc2;
    private readonly ModuleHooks _conv1Hooks;

    /// <summary>Creates the model with PyTorch's initialisation, drawn from libtorch's default generator.</summary>
    /// <param name="options">The options.</param>
    /// <param name="input">A sample's shape: <c>[channels, height, width]</c>, height and width at least 6.</param>
    /// <param name="outputs">The number of logits per sample, at least 1.</param>
    /// <exception cref="RequestException">The samples are not images, or the images are too small.</exception>
    public Cnn(CnnOptions options, SampleShape input, int outputs)
        : base(nameof(Cnn))
    {
        OptionsCheck.ThrowUnlessValid(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        ThrowUnlessImage(input);
        long pooledHeight = (input.Dimensions[1] - (2 * (Kernel - 1))) / Pool;
        long pooledWidth = (input.Dimensions[2] - (2 * (Kernel - 1))) / Pool;
        conv1 = nn.Conv2d(input.Channels, Channels1, Kernel);
        conv2 = nn.Conv2d(Channels1, Channels2, Kernel);
        dropout1 = new Dropout(options.Dropout1);
        dropout2 = new Dropout(options.Dropout2);
        fc1 = new Linear(Channels2 * pooledHeight * pooledWidth, Hidden);
        fc2 = new Linear(Hidden, outputs);
        RegisterComponents();
        _conv1Hooks = new ModuleHooks(conv1);
    }

    /// <summary>Returns logits <c>[batch, outputs]</c> for float32 images <c>[batch, channels, height, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        // The second ReLU follows the pooling, which leaves a quarter of the values. ReLU and max-pooling commute, so output and gradients
        // are the same. The pooled tensor has no other use, so the ReLU works in place.
        Tensor features = conv2.call(Relu.After(_conv1Hooks, conv1.call(input)));
        Tensor pooled = nn.functional.max_pool2d(features, Pool).relu_();
        // Flatten before dropout: with channels last, this is the only operation that reorders memory.
        pooled = dropout1.call(pooled.flatten(1));
        Tensor hidden = Relu.After(fc1.Hooks, fc1.call(pooled));
        return fc2.call(dropout2.call(hidden));
    }

    private static void ThrowUnlessImage(SampleShape input)
    {
        if (input.Rank != 3 || input.Dimensions[1] < SmallestSide || input.Dimensions[2] < SmallestSide)
        {
            throw new RequestException(new Problem("The model 'cnn' does not support samples of this shape")
            {
                Where = "model.name",
                Expected = $"images [channels, height, width], height and width at least {SmallestSide}",
                Received = input.ToString(),
                Hint = "Choose model=mlp, which supports any shape, or larger images.",
            });
        }
    }
}

/// <summary>The options of <see cref="Cnn"/>.</summary>
public sealed record CnnOptions
{
    /// <summary>The dropout probability of the pooled values.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout1 { get; init; } = 0.25;

    /// <summary>The dropout probability of the hidden layer.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout2 { get; init; } = 0.5;
}
