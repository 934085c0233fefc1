namespace Regimen.Graphs;

/// <summary>The element type of a graph's input or output.</summary>
public enum GraphType
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>64-bit floating point: the numbers of a table.</summary>
    Float64,

    /// <summary>8-bit unsigned integer: pixels.</summary>
    UInt8,

    /// <summary>64-bit integer: tokens, codes of categories.</summary>
    Int64,

    /// <summary>Text: the categories of a table.</summary>
    Text,
}

/// <summary>An input or output of a graph.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes: a number, or the name of a size that differs between calls (<c>batch</c>).</param>
public sealed record GraphPort(string Name, GraphType Type, IReadOnlyList<GraphSize> Shape);

/// <summary>A size of an input or output: a number, or a name where it differs between calls.</summary>
/// <param name="Number">The size; null if it differs.</param>
/// <param name="Name">The name; null if the size is a number.</param>
public readonly record struct GraphSize(long? Number, string? Name)
{
    /// <summary>A fixed size.</summary>
    public static implicit operator GraphSize(long number) => new(number, null);

    /// <summary>A named size.</summary>
    public static implicit operator GraphSize(string name) => new(null, name);
}
