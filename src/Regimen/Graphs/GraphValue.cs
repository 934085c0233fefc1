namespace Regimen.Graphs;

/// <summary>A value in a <see cref="ModelGraph"/>: the output of a node, an input of the graph, a weight or a constant.</summary>
public sealed class GraphValue
{
    internal GraphValue(string name) => Name = name;

    /// <summary>The name, unique in the graph.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
