using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Verification;

/// <summary>A checkpoint whose bytes are those that the index names, as a verification compares it.</summary>
/// <param name="Entry">What the index says of it.</param>
/// <param name="StateDigest">SHA-256 over the optimizer's state.</param>
/// <param name="Validations">Validations that its history has.</param>
/// <param name="Best">The best moment so far that it names, and its value.</param>
/// <param name="Running">What the epoch's steps had gathered.</param>
/// <param name="ModelMetadata">What its model's file says of the model.</param>
internal sealed record RecordedCheckpoint(
    CheckpointEntry Entry, string StateDigest, int Validations, BestWeights? Best, RunningEpoch Running, IReadOnlyDictionary<string, string> ModelMetadata)
{
    /// <summary>Whether it was taken before its epoch's end, as its name says.</summary>
    public bool IsInsideEpoch => Entry.Name == CheckpointStore.NameOf(new Progress(Entry.Epoch, Entry.Step), insideEpoch: true);

    /// <summary>Reads a checkpoint; every byte is checked.</summary>
    /// <exception cref="RequestException">It is damaged, or its history is not in the record of metrics.</exception>
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
            model.Metadata);
    }

    /// <summary>What its name, epoch and step say that does not go together.</summary>
    public Problem? NameProblem(string where)
    {
        var at = new Progress(Entry.Epoch, Entry.Step);
        string[] names = [CheckpointStore.NameOf(at, insideEpoch: false), CheckpointStore.NameOf(at, insideEpoch: true)];
        return names.Contains(Entry.Name) ? null : new Problem($"The index gives checkpoint {Entry.Name} another moment")
        {
            Where = where,
            Expected = string.Join(" or ", names),
            Received = Entry.Name,
        };
    }
}
