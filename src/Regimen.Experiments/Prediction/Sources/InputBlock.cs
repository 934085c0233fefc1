namespace Regimen.Prediction;

/// <summary>Consecutive samples of the inputs of a prediction.</summary>
/// <param name="Names">The name of each sample: a path, or a path with the row.</param>
/// <param name="Samples">The samples, group after group.</param>
internal sealed record InputBlock(IReadOnlyList<string> Names, IReadOnlyList<PreparedSamples> Samples);
