namespace Regimen.Data;

/// <summary>The element type of a field.</summary>
public enum ElementType
{
    /// <summary>32-bit floating point: inputs, and the targets of a regression.</summary>
    Float32,

    /// <summary>64-bit integer: class indices and tokens, counted from 0.</summary>
    Int64,

    /// <summary>8-bit unsigned integer, 0 to 255: raw pixels and bytes.</summary>
    UInt8,
}

/// <summary>One tensor of a sample: its name, shape and element type.</summary>
/// <param name="Name"><c>input</c> and <c>target</c> for one of each; a data set with several inputs names each.</param>
/// <param name="Shape">Without the batch dimension. Where the length varies (<see cref="IsVariable"/>), the first dimension is the greatest
/// length.</param>
/// <param name="Type">The element type in the data set's memory and, unless <see cref="AsFloat"/> is set, in a batch.</param>
public sealed record Field(string Name, SampleShape Shape, ElementType Type)
{
    /// <summary>The name of a data set's only input. Transforms and normalisation work on the field of this name.</summary>
    public const string Input = "input";

    /// <summary>The name of the target.</summary>
    public const string Target = "target";

    private readonly bool? _isTarget;

    /// <summary>A class index for each sample.</summary>
    public static Field ClassIndex { get; } = new(Target, SampleShape.Scalar, ElementType.Int64);

    /// <summary>Whether the field is a target, which the model does not see. Default: whether its name is <c>target</c>.</summary>
    public bool IsTarget
    {
        get => _isTarget ?? Name == Target;
        init => _isTarget = value;
    }

    /// <summary>Whether the first dimension differs between samples. A batch is as long as its longest sample; shorter ones are filled up
    /// with <see cref="Padding"/>, and <see cref="Batch.Lengths"/> has the length of each. Default false.</summary>
    public bool IsVariable { get; init; }

    /// <summary>The value that fills up samples of a variable length. Default 0.</summary>
    public double Padding { get; init; }

    /// <summary>The number of different values of an integer field, which are from 0 to one below: the vocabulary's size of tokens, the
    /// categories of a column. Null where it is not known.</summary>
    public int? Cardinality { get; init; }

    /// <summary>For <see cref="ElementType.UInt8"/>: a batch has float32 <c>value · scale + offset</c>, computed on the batch's device, so that
    /// bytes and not floats are copied there. Null where a batch has the bytes.</summary>
    public ChannelScale? AsFloat { get; init; }

    /// <summary>For <see cref="ElementType.UInt8"/>: a batch has the bytes as int64, converted on the batch's device: the classes of a mask. Default
    /// false.</summary>
    public bool AsIndices { get; init; }

    /// <summary>How the values in a batch are scaled, where the field is the target of a regression; null where they are in their own units.
    /// Metrics are computed in the target's own units.</summary>
    public TargetScale? Scale { get; init; }

    /// <summary>The element type in a batch.</summary>
    public ElementType BatchType => AsFloat is not null ? ElementType.Float32 : AsIndices ? ElementType.Int64 : Type;

    /// <summary>Whether it is a mask, <see cref="MaskTarget"/>.</summary>
    internal bool IsMask => this is { Name: Target, Type: ElementType.UInt8, AsIndices: true, Shape.Rank: 2 };

    /// <summary>Bytes of one sample in the data set's memory.</summary>
    internal long Bytes => Shape.Elements * Type switch { ElementType.Float32 => (long)sizeof(float), ElementType.Int64 => sizeof(long), _ => sizeof(byte) };

    /// <summary>Whether the data set takes a <see cref="ChannelScale"/> that has a pair for each value of a sample.</summary>
    internal bool ScalesEachValue { get; init; }

    /// <summary>A float32 input of this shape.</summary>
    public static Field Inputs(SampleShape shape) => new(Input, shape, ElementType.Float32);

    /// <summary>Sequences of tokens: int64 <c>[length]</c>, from 0 to one below <paramref name="vocabulary"/>.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="longest">The greatest length.</param>
    /// <param name="vocabulary">The number of different tokens.</param>
    /// <param name="padding">The token that fills up shorter sequences of a batch.</param>
    public static Field Tokens(string name, int longest, int vocabulary, int padding = 0)
        => new(name, new SampleShape(longest), ElementType.Int64) { IsVariable = true, Cardinality = vocabulary, Padding = padding };
}
