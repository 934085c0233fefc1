using Regimen.Graphs;
using Regimen.Models;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace OwnParts.Models;

/// <summary>Two layers with a ReLU between them, and the same as a graph, so that it can be exported as ONNX.</summary>
[Model("pair")]
public sealed class Pair : nn.Module<Tensor, Tensor>, IDescribed
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public Pair(ModelContext context)
        : base(nameof(Pair))
    {
        fc1 = nn.Linear(context.Inputs[0].Shape.Elements, 8);
        fc2 = nn.Linear(8, context.Outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => fc2.call(fc1.call(x.flatten(1)).relu());

    public GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs)
        => graph.Call(fc2, graph.Relu(graph.Call(fc1, graph.Flatten(inputs[0]))));
}
