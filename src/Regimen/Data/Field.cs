namespace Regimen.Data;

/// <summary>The element type of a field as a model sees it.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point: inputs, and the targets of a regression.</summary>
    Float32,

    /// <summary>64-bit integer: class indices, counted from 0.</summary>
    Int64,
}

/// <summary>One tensor of a sample: its name, shape and element type.</summary>
/// <param name="Name"><c>input</c> and <c>target</c> by convention; a task with several of either names its own.</param>
/// <param name="Shape">Without the batch dimension.</param>
/// <param name="Type">What a batch holds it as.</param>
public sealed record Field(string Name, SampleShape Shape, ElementType Type)
{
    /// <summary>How a batch's values were scaled, where the field is a regression's target; null where they are in their own units.
    /// Metrics undo it.</summary>
    public TargetScale? Scale { get; init; }

    /// <summary>Whether the data set takes a <see cref="ChannelScale"/> that has a pair for each value of a sample.</summary>
    internal bool ScalesEachValue { get; init; }

    /// <summary>The name of what a model is given.</summary>
    public const string Input = "input";

    /// <summary>The name of what it should answer.</summary>
    public const string Target = "target";

    /// <summary>A float32 input of this shape.</summary>
    public static Field Inputs(SampleShape shape) => new(Input, shape, ElementType.Float32);

    /// <summary>A class index a sample.</summary>
    public static Field ClassIndex { get; } = new(Target, SampleShape.Scalar, ElementType.Int64);
}
