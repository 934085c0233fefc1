namespace Regimen.Graphs;

/// <summary>A module that describes its computation as a graph, so that it can be exported. It is written beside <c>forward</c> and has the
/// same steps.</summary>
/// <remarks>
/// <code>
/// public override Tensor forward(Tensor x) => fc2.call(fc1.call(x.flatten(1)).relu());
///
/// public GraphValue Describe(ModelGraph graph, IReadOnlyList&lt;GraphValue&gt; inputs)
///     => graph.Call(fc2, graph.Relu(graph.Call(fc1, graph.Flatten(inputs[0]))));
/// </code>
/// A <c>Sequential</c> of known layers needs no description. An export compares the results with those of <c>forward</c>.
/// </remarks>
public interface IDescribed
{
    /// <summary>Adds the module's computation in evaluation mode to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">The inputs in the order of <c>forward</c>'s; for a module of a <c>Batch</c> its input fields in the data set's order.</param>
    /// <returns>The module's output.</returns>
    GraphValue Describe(ModelGraph graph, IReadOnlyList<GraphValue> inputs);
}
