namespace Regimen.Runs;

/// <summary>The record of the weights that a run started from. The folder has a copy of them: <c>init.safetensors</c>.</summary>
/// <param name="From">The source: a file, or the folder of a run or a checkpoint.</param>
/// <param name="Digest">The digest of all weights in the source (<see cref="Safetensors.WeightsDigest"/>).</param>
/// <param name="Sha256">SHA-256 of the copy.</param>
/// <param name="Loaded">The number of the model's tensors that were loaded; the copy has these.</param>
/// <param name="Fresh">The model's tensors that were not loaded: they have the random values of the seed.</param>
/// <param name="Unused">The number of the source's tensors that the model does not have.</param>
public sealed record RunInit(string From, string Digest, string Sha256, int Loaded, IReadOnlyList<string> Fresh, int Unused);
