using Regimen.Graphs;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Models;

/// <summary>Two 3×3 convolutions, each with batch normalisation and ReLU; height and width stay.</summary>
internal sealed class UNetBlock : nn.Module<Tensor, Tensor>, IDescribed, IPortable
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly ModuleHooks _bn1Hooks;
    private readonly ModuleHooks _bn2Hooks;

    /// <summary>Creates a block.</summary>
    /// <param name="inputs">The number of input channels.</param>
    /// <param name="outputs">The number of output channels.</param>
    public UNetBlock(int inputs, int outputs)
        : base(nameof(UNetBlock))
    {
        conv1 = new Conv2d(inputs, outputs, 3, padding: 1, hasBias: false);
        bn1 = new BatchNorm2d(outputs);
        conv2 = new Conv2d(outputs, outputs, 3, padding: 1, hasBias: false);
        bn2 = new BatchNorm2d(outputs);
        RegisterComponents();
        _bn1Hooks = new ModuleHooks(bn1);
        _bn2Hooks = new ModuleHooks(bn2);
    }

    /// <summary>Returns <c>[batch, outputs, height, width]</c>.</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = bn1.CallAndRectify(_bn1Hooks, conv1.call(input));
        return bn2.CallAndRectify(_bn2Hooks, conv2.call(features)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public string? MachineOperation => null;

    /// <inheritdoc/>
    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue features = graph.Relu(graph.Call(bn1, graph.Call(conv1, inputs[0])));
        return graph.Relu(graph.Call(bn2, graph.Call(conv2, features)));
    }
}
