using Regimen.Runs;
using Regimen.Safetensors;

namespace Regimen.Recording;

/// <summary>Saves checkpoints of tensors.</summary>
internal static class CheckpointSaving
{
    /// <summary>The key in the metadata of a model's file that says which weights it has, where there are two sets: averaged or raw.</summary>
    public const string WeightsKey = "regimen.weights";

    /// <summary>Writes a checkpoint and adds it to the index as the last one.</summary>
    /// <param name="store">The run's checkpoints.</param>
    /// <param name="at">The epoch and step of the checkpoint.</param>
    /// <param name="insideEpoch">Whether the epoch had not ended.</param>
    /// <param name="isBest">Whether it is the best one so far.</param>
    /// <param name="content">The content; the caller disposes it.</param>
    /// <exception cref="WorkFailedException">It can't be written; earlier checkpoints are unchanged.</exception>
    public static CheckpointEntry Save(this CheckpointStore store, Progress at, bool insideEpoch, bool isBest, CheckpointContent content)
        => store.Save(at, insideEpoch, isBest, folder =>
        {
            string model = SafetensorsWriter.Write(Path.Combine(folder, CheckpointStore.ModelFile), content.Model, content.Raw is null ? content.ModelMetadata : Marked("averaged"));
            string? raw = content.Raw is null ? null : SafetensorsWriter.Write(Path.Combine(folder, CheckpointStore.RawFile), content.Raw, Marked("raw"));
            string training = SafetensorsWriter.Write(Path.Combine(folder, CheckpointStore.TrainingFile), content.Training, content.TrainingMetadata);
            return new WrittenCheckpoint(Weights.Digest(content.Model), model, training, raw);

            Dictionary<string, string> Marked(string weights) => new(content.ModelMetadata) { [WeightsKey] = weights };
        });
}
