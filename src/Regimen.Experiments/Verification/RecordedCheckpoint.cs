using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Verification;

/// <summary>A checkpoint with the digest recorded in the index, for a verification.</summary>
/// <param name="Entry">The entry in the index.</param>
/// <param name="StateDigest">The SHA-256 of the optimizer's state.</param>
/// <param name="Validations">The number of validations in its history.</param>
/// <param name="Best">The epoch and step of the best weights so far, with the monitored value.</param>
/// <param name="Running">The sums over the epoch's steps so far.</param>
/// <param name="ModelMetadata">The metadata of its model file.</param>
internal sealed record RecordedCheckpoint(
    CheckpointEntry Entry, string StateDigest, int Validations, BestWeights? Best, RunningEpoch Running, IReadOnlyDictionary<string, string> ModelMetadata)
{
    /// <summary>The digest of the trained weights where the model's file has averaged ones; null without an average.</summary>
    public string? RawDigest { get; private init; }

    /// <summary>Whether it was saved within an epoch, according to its name.</summary>
    public bool IsInsideEpoch => Entry.Name == CheckpointStore.NameOf(new Progress(Entry.Epoch, Entry.Step), insideEpoch: true);

    /// <summary>Reads a checkpoint and verifies its digests.</summary>
    /// <exception cref="RequestException">The checkpoint is damaged, or its history is not in the recorded metrics.</exception>
    public static RecordedCheckpoint Read(CheckpointStore store, CheckpointEntry entry)
    {
        SafetensorsFile model = store.CheckBytes(entry);
        SafetensorsFile training = store.Read(entry, CheckpointStore.TrainingFile);
        using ResumePoint point = CheckpointReader.Read(store, entry, needsBest: false);
        return new(
            entry,
            WeightsDigest.Of(training),
            point.History.Passes.Count(p => p.Split == Pass.Validation),
            CheckpointReader.BestOf(training),
            point.Running,
            model.Metadata)
        {
            RawDigest = entry.Sha256.ContainsKey(CheckpointStore.RawFile) ? WeightsDigest.Of(store.Read(entry, CheckpointStore.RawFile)) : null,
        };
    }

    /// <summary>Returns a problem if its name does not fit its epoch and step; null otherwise.</summary>
    public Problem? NameProblem(string where)
    {
        var at = new Progress(Entry.Epoch, Entry.Step);
        string[] names = [CheckpointStore.NameOf(at, insideEpoch: false), CheckpointStore.NameOf(at, insideEpoch: true)];
        return names.Contains(Entry.Name) ? null : new Problem($"The index has another epoch or step for checkpoint {Entry.Name}")
        {
            Where = where,
            Expected = string.Join(" or ", names),
            Received = Entry.Name,
        };
    }
}
