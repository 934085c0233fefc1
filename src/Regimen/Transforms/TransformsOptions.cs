namespace Regimen.Transforms;

/// <summary>What is done to a sample's input on its way into a batch, before what the data set itself does
/// (its normalisation): the pixels of an image are numbers from 0 to 1.</summary>
public sealed record TransformsOptions
{
    /// <summary>Applied, in order, to each training sample; what is random follows from seed, epoch and sample.</summary>
    public IReadOnlyList<Transform> Train { get; init; } = [];

    /// <summary>Applied, in order, to each sample of validation, test and prediction; nothing random belongs here.</summary>
    public IReadOnlyList<Transform> Eval { get; init; } = [];
}
