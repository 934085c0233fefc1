namespace Regimen.Transforms;

/// <summary>The transforms of a sample's input on its way into a batch. They run before the data set's own transforms (its normalisation): the
/// pixels of an image are numbers from 0 to 1.</summary>
public sealed record TransformsOptions
{
    /// <summary>Transforms applied, in order, to each training sample; their randomness follows from seed, epoch and sample.</summary>
    public IReadOnlyList<Transform> Train { get; init; } = [];

    /// <summary>Transforms applied, in order, to each sample of validation, test and prediction; random ones are not allowed.</summary>
    public IReadOnlyList<Transform> Eval { get; init; } = [];
}
