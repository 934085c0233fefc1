namespace Regimen.Data;

/// <summary>What is done to a sample's input on its way into a batch, after what the data set itself does (as scaling pixels).</summary>
public sealed record TransformsOptions
{
    /// <summary>Applied, in order, to each training sample; what is random follows from seed, epoch and sample.</summary>
    public IReadOnlyList<Transform> Train { get; init; } = [];

    /// <summary>Applied, in order, to each sample of validation, test and prediction; nothing random belongs here.</summary>
    public IReadOnlyList<Transform> Eval { get; init; } = [];
}
