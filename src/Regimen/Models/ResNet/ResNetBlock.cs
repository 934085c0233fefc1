using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>A residual block of two 3×3 convolutions: <c>relu(x + bn2(conv2(relu(bn1(conv1(x))))))</c>.</summary>
internal sealed class ResNetBlock : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly TorchSharp.Modules.Sequential? downsample;
    private readonly ModuleHooks _bn1Hooks;
    private readonly ModuleHooks _bn2Hooks;

    /// <summary>Creates a block.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    /// <param name="stride">The stride of the first convolution: 2 halves height and width.</param>
    public ResNetBlock(int inputs, int outputs, int stride)
        : base(nameof(ResNetBlock))
    {
        conv1 = new Conv2d(inputs, outputs, 3, stride: stride, padding: 1, hasBias: false);
        bn1 = new BatchNorm2d(outputs);
        conv2 = new Conv2d(outputs, outputs, 3, padding: 1, hasBias: false);
        bn2 = new BatchNorm2d(outputs);
        downsample = ResNetShortcut.Of(inputs, outputs, stride);
        RegisterComponents();
        _bn1Hooks = new ModuleHooks(bn1);
        _bn2Hooks = new ModuleHooks(bn2);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns <c>[batch, outputs, height / stride, width / stride]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        // Without gradients, what a block computes inside is freed at once, not at the end of the batch.
        using DisposeScope scope = NewDisposeScope();
        Tensor features = bn1.CallAndRectify(_bn1Hooks, conv1.call(input));
        features = bn2.call(conv2.call(features));
        return ResNetShortcut.Add(_bn2Hooks, features, downsample is null ? input : downsample.call(input)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue features = graph.Relu(graph.Call(bn1, graph.Call(conv1, inputs[0])));
        features = graph.Call(bn2, graph.Call(conv2, features));
        return graph.Relu(graph.Add(features, downsample is null ? inputs[0] : graph.Call(downsample, inputs[0])));
    }
}

/// <summary>A residual block of a 1×1, a 3×3 and a 1×1 convolution: <c>relu(x + bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))))</c>. The stride
/// is that of the 3×3 convolution, as in torchvision.</summary>
internal sealed class ResNetBottleneck : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d conv3;
    private readonly BatchNorm2d bn3;
    private readonly TorchSharp.Modules.Sequential? downsample;
    private readonly ModuleHooks _bn1Hooks;
    private readonly ModuleHooks _bn2Hooks;
    private readonly ModuleHooks _bn3Hooks;

    /// <summary>Creates a block.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="width">The number of channels of the 3×3 convolution.</param>
    /// <param name="stride">The stride of the 3×3 convolution: 2 halves height and width.</param>
    /// <param name="outputs">The number of output channels.</param>
    public ResNetBottleneck(int inputs, int width, int stride, int outputs)
        : base(nameof(ResNetBottleneck))
    {
        conv1 = new Conv2d(inputs, width, 1, hasBias: false);
        bn1 = new BatchNorm2d(width);
        conv2 = new Conv2d(width, width, 3, stride: stride, padding: 1, hasBias: false);
        bn2 = new BatchNorm2d(width);
        conv3 = new Conv2d(width, outputs, 1, hasBias: false);
        bn3 = new BatchNorm2d(outputs);
        downsample = ResNetShortcut.Of(inputs, outputs, stride);
        RegisterComponents();
        _bn1Hooks = new ModuleHooks(bn1);
        _bn2Hooks = new ModuleHooks(bn2);
        _bn3Hooks = new ModuleHooks(bn3);
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <summary>Returns <c>[batch, outputs, height / stride, width / stride]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = bn1.CallAndRectify(_bn1Hooks, conv1.call(input));
        features = bn2.CallAndRectify(_bn2Hooks, conv2.call(features));
        features = bn3.call(conv3.call(features));
        return ResNetShortcut.Add(_bn3Hooks, features, downsample is null ? input : downsample.call(input)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue features = graph.Relu(graph.Call(bn1, graph.Call(conv1, inputs[0])));
        features = graph.Relu(graph.Call(bn2, graph.Call(conv2, features)));
        features = graph.Call(bn3, graph.Call(conv3, features));
        return graph.Relu(graph.Add(features, downsample is null ? inputs[0] : graph.Call(downsample, inputs[0])));
    }
}

/// <summary>The shortcut of a residual block.</summary>
internal static class ResNetShortcut
{
    /// <summary>Returns the 1×1 convolution and norm of a shortcut whose shapes differ; null where the input itself is added.</summary>
    public static TorchSharp.Modules.Sequential? Of(int inputs, int outputs, int stride)
        => stride == 1 && inputs == outputs ? null : nn.Sequential(new Conv2d(inputs, outputs, 1, stride: stride, hasBias: false), new BatchNorm2d(outputs));

    /// <summary>Returns <c>relu(features + shortcut)</c>. It overwrites the features, which no backward pass needs, unless a hook may have kept
    /// them.</summary>
    /// <param name="hooks">The hooks of the norm that computed the features.</param>
    /// <param name="features">The output of the block's last norm.</param>
    /// <param name="shortcut">The block's input, or the output of its shortcut.</param>
    public static Tensor Add(ModuleHooks hooks, Tensor features, Tensor shortcut)
        => RectifiedSum.CanRun(features, shortcut) ? RectifiedSum.Run(features, shortcut) : (hooks.Any ? features.add(shortcut) : features.add_(shortcut)).relu_();
}
