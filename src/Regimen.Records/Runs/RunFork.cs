namespace Regimen.Runs;

/// <summary>The record of where a forked run started. The folder has a copy of it: <c>fork/</c>.</summary>
/// <param name="Run">The name of the parent's folder; for a trial of a sweep with the sweep's.</param>
/// <param name="Checkpoint">The checkpoint of the parent.</param>
/// <param name="Epoch">The epoch of the checkpoint, from 1.</param>
/// <param name="Step">The number of steps up to the checkpoint.</param>
/// <param name="WeightsDigest">The digest of the checkpoint's weights (<see cref="Safetensors.WeightsDigest"/>).</param>
/// <param name="Sha256">SHA-256 of each copied file of the parent: its checkpoint, the rows of its metrics and its losses up to there. They
/// identify the parent, whatever its folder is called now.</param>
/// <param name="Changed">The changes to the parent's config: key, then old and new value.</param>
public sealed record RunFork(
    string Run,
    string Checkpoint,
    int Epoch,
    long Step,
    string WeightsDigest,
    IReadOnlyDictionary<string, string> Sha256,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Changed)
{
    /// <summary>Returns a description: the parent, the checkpoint, the changes.</summary>
    public override string ToString()
        => $"{Run}@{Checkpoint}, {new Progress(Epoch, Step)}{string.Concat(Changed.Select(c => $"; {c.Key} {c.Value[0]} -> {c.Value[1]}"))}";
}
