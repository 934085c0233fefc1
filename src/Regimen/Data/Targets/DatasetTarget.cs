namespace Regimen.Data;

/// <summary>What a data set asks a model for.</summary>
public enum TargetKind
{
    /// <summary>Something that only an objective of one's own understands.</summary>
    Other,

    /// <summary>One class index a sample: int64 <c>[]</c>.</summary>
    ClassIndex,

    /// <summary>Any number of labels a sample: float32 <c>[labels]</c> of 0 and 1, with a name in <see cref="IDataset.Classes"/> each.</summary>
    MultiHot,

    /// <summary>Numbers: float32 of any shape, without classes.</summary>
    Values,
}

/// <summary>A data set's target, read off its field named <see cref="Field.Target"/> and its classes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Values a sample: 1 for a class index.</param>
public readonly record struct DatasetTarget(TargetKind Kind, int Size)
{
    /// <summary>The target of a data set.</summary>
    public static DatasetTarget Of(IDataset data)
    {
        Field? field = data.Fields.FirstOrDefault(f => f.Name == Field.Target);
        return field switch
        {
            null => new(TargetKind.Other, 0),
            { Type: ElementType.Int64, Shape.Rank: 0 } => new(TargetKind.ClassIndex, 1),
            { Type: ElementType.Float32 } when data.Classes.Count == 0 => new(TargetKind.Values, field.Shape.Elements),
            { Type: ElementType.Float32, Shape.Rank: 1 } when data.Classes.Count == field.Shape.Elements => new(TargetKind.MultiHot, field.Shape.Elements),
            _ => new(TargetKind.Other, field.Shape.Elements),
        };
    }
}
