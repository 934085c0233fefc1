namespace Regimen.Graphs;

/// <summary>An attribute of a <see cref="GraphNode"/>: an integer, a number, a text, or a list of these.</summary>
public abstract record GraphAttribute
{
    private GraphAttribute()
    {
    }

    /// <summary>An integer.</summary>
    public static implicit operator GraphAttribute(long value) => new Integer(value);

    /// <summary>A number.</summary>
    public static implicit operator GraphAttribute(float value) => new Number(value);

    /// <summary>A text.</summary>
    public static implicit operator GraphAttribute(string value) => new Text(value);

    /// <summary>A list of integers.</summary>
    public static implicit operator GraphAttribute(long[] values) => new Integers(values);

    /// <summary>A list of texts.</summary>
    public static implicit operator GraphAttribute(string[] values) => new Texts(values);

    /// <summary>An integer.</summary>
    public sealed record Integer(long Value) : GraphAttribute;

    /// <summary>A number.</summary>
    public sealed record Number(float Value) : GraphAttribute;

    /// <summary>A text.</summary>
    public sealed record Text(string Value) : GraphAttribute;

    /// <summary>A list of integers.</summary>
    public sealed record Integers(IReadOnlyList<long> Values) : GraphAttribute;

    /// <summary>A list of texts.</summary>
    public sealed record Texts(IReadOnlyList<string> Values) : GraphAttribute;
}
