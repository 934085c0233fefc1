namespace Regimen.Data;

/// <summary>The kind of a data set's target.</summary>
public enum TargetKind
{
    /// <summary>Any other target, for a custom objective.</summary>
    Other,

    /// <summary>One class index per sample: int64 <c>[]</c>.</summary>
    ClassIndex,

    /// <summary>Any number of labels per sample: float32 <c>[labels]</c> of 0 and 1, each named in <see cref="IDataset.Classes"/>.</summary>
    MultiHot,

    /// <summary>Numbers: float32 of any shape, without classes.</summary>
    Values,

    /// <summary>A token for each position of a sequence: int64 <c>[length]</c>, from 0 to one below the field's <see cref="Field.Cardinality"/>.</summary>
    Tokens,

    /// <summary>A class for each pixel of an image: a <see cref="MaskTarget"/>, int64 <c>[height, width]</c> in a batch.</summary>
    Mask,
}

/// <summary>The target of a data set, determined by its field named <see cref="Field.Target"/> and its classes.</summary>
/// <param name="Kind">The kind of the target.</param>
/// <param name="Size">The number of target values per sample: 1 for a class index.</param>
public readonly record struct DatasetTarget(TargetKind Kind, int Size)
{
    /// <summary>The number of different values of each of a target's values; null where it is not known.</summary>
    public int? Cardinality { get; init; }

    /// <summary>Returns the target of a data set.</summary>
    public static DatasetTarget Of(IDataset data)
    {
        Field? field = data.Fields.FirstOrDefault(f => f.Name == Field.Target);
        return field switch
        {
            null => new(TargetKind.Other, 0),
            { Type: ElementType.Int64, Shape.Rank: 0 } => new(TargetKind.ClassIndex, 1),
            { Type: ElementType.Int64, Shape.Rank: 1, Cardinality: { } cardinality } => new(TargetKind.Tokens, field.Shape.Elements) { Cardinality = cardinality },
            { IsMask: true } when data.Classes.Count > 0 => new(TargetKind.Mask, field.Shape.Elements) { Cardinality = data.Classes.Count },
            { Type: ElementType.Float32 } when data.Classes.Count == 0 => new(TargetKind.Values, field.Shape.Elements),
            { Type: ElementType.Float32, Shape.Rank: 1 } when data.Classes.Count == field.Shape.Elements => new(TargetKind.MultiHot, field.Shape.Elements),
            _ => new(TargetKind.Other, field.Shape.Elements),
        };
    }
}
