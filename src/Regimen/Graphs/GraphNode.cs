namespace Regimen.Graphs;

/// <summary>One operation of a <see cref="ModelGraph"/>.</summary>
/// <param name="Operator">The operator's name in ONNX.</param>
/// <param name="Inputs">The names of the inputs, in order; an empty name for an omitted one.</param>
/// <param name="Outputs">The names of the outputs, in order; an empty name for an unused one.</param>
/// <param name="Attributes">The attributes by name.</param>
public sealed record GraphNode(
    string Operator, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, GraphAttribute> Attributes)
{
    /// <summary>The operator set: empty for ONNX's own, or <c>ai.onnx.ml</c>.</summary>
    public string Domain { get; init; } = string.Empty;
}
