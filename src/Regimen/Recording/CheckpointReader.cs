using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Recording;

/// <summary>Reads checkpoints as points to resume from.</summary>
internal static class CheckpointReader
{
    /// <summary>Reads a checkpoint and verifies its digests.</summary>
    /// <param name="store">The run's checkpoints.</param>
    /// <param name="entry">The checkpoint to read.</param>
    /// <param name="needsBest">Whether the run restores its best weights, so that they must be available.</param>
    /// <exception cref="RequestException">The checkpoint or its best weights are missing, damaged, or of another format version.</exception>
    public static ResumePoint Read(CheckpointStore store, CheckpointEntry entry, bool needsBest) => ReadWhole(store, entry, needsBest).Point;

    /// <summary>Reads the newest valid checkpoint.</summary>
    /// <param name="store">The run's checkpoints.</param>
    /// <param name="needsBest">Whether the run restores its best weights.</param>
    /// <param name="damaged">The problems of newer checkpoints that were skipped.</param>
    /// <returns>The checkpoint; null if there is no valid one.</returns>
    public static SavedCheckpoint? Newest(CheckpointStore store, bool needsBest, out IReadOnlyList<Problem> damaged)
    {
        var problems = new List<Problem>();
        damaged = problems;
        foreach (CheckpointEntry entry in store.Index.Checkpoints.OrderByDescending(c => c.Step))
        {
            try
            {
                return ReadWhole(store, entry, needsBest);
            }
            catch (RequestException exception)
            {
                problems.AddRange(exception.Problems);
            }
        }

        return null;
    }

    /// <summary>Reads a checkpoint with the metadata of its model file, and verifies its digests.</summary>
    internal static SavedCheckpoint ReadWhole(CheckpointStore store, CheckpointEntry entry, bool needsBest)
    {
        SafetensorsFile training = store.Read(entry, CheckpointStore.TrainingFile);
        SafetensorsFile model = store.Read(entry, CheckpointStore.ModelFile);
        string path = Path.Combine(store.FolderOf(entry), CheckpointStore.TrainingFile);
        try
        {
            ThrowUnlessKnown(training.Metadata, path);
            bool isAveraged = entry.Sha256.ContainsKey(CheckpointStore.RawFile);
            long averages = isAveraged ? long.Parse(training.Metadata[Snapshot.AveragesKey], NumberStyles.None, CultureInfo.InvariantCulture) : 0;
            Progress at = new(entry.Epoch, entry.Step);
            History history = History(store, training.Metadata);
            Progress? best = BestOf(training)?.At;
            IReadOnlyDictionary<string, Tensor>? bestWeights = needsBest && best is { } moment && moment != at ? Best(store, entry, moment) : null;
            var point = new ResumePoint
            {
                At = at,
                History = history,
                Running = JsonSerializer.Deserialize(training.Metadata["running"], CheckpointJson.Default.RunningEpoch),
                Model = TensorSet.Of(isAveraged ? store.Read(entry, CheckpointStore.RawFile) : model).ByName,
                Averaged = averages > 0 ? TensorSet.Of(model).ByName : null,
                Averages = averages,
                OptimizerState = TensorSet.Of(training).ByName,
                OptimizerSteps = training.Metadata.TryGetValue("optimizer_steps", out string? steps)
                    ? StrictJson.Parse(steps).AsObject().ToDictionary(p => p.Key, p => (long)p.Value!)
                    : null,
                Best = bestWeights,
                StreamDigest = training.Metadata.GetValueOrDefault(Snapshot.StreamKey),
            };
            return new SavedCheckpoint(entry, point, model.Metadata);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentException or KeyNotFoundException or NullReferenceException or OverflowException)
        {
            throw new RequestException(new Problem($"The checkpoint is damaged: {exception.Message}") { Where = path }, exception);
        }
    }

    /// <summary>Returns the best weights as of a checkpoint; null if the run reached better ones later, because the resumed run will reach them
    /// again.</summary>
    private static IReadOnlyDictionary<string, Tensor>? Best(CheckpointStore store, CheckpointEntry entry, Progress best)
    {
        CheckpointIndex index = store.Index;
        bool surpassed = index.Checkpoints.FirstOrDefault(c => c.Name == index.Best) is { } now && now.Step > entry.Step;
        if (surpassed)
        {
            return null;
        }

        CheckpointEntry found = index.Checkpoints.FirstOrDefault(c => c.Step == best.Step) ?? throw new RequestException(
            new Problem("The best weights at this checkpoint are no longer available") { Where = store.FolderOf(entry), Expected = $"a checkpoint of {best}" });
        return TensorSet.Of(store.Read(found, CheckpointStore.ModelFile)).ByName;
    }

    /// <summary>Reads the finished passes of a checkpoint, from the metadata of its training file.</summary>
    internal static History History(CheckpointStore store, IReadOnlyDictionary<string, string> metadata) => metadata.TryGetValue("history", out string? json)
        ? new([.. StrictJson.Parse(json).AsArray().Select(row => MetricsFile.ToPass(row!.AsObject()))])
        : MetricsFile.ReadHistory(store.MetricsFile, int.Parse(metadata["history_rows"], NumberStyles.None, CultureInfo.InvariantCulture), metadata["history_sha256"]);

    /// <summary>Reads the epoch and step of the best weights so far and their monitored value from the metadata of a training file.</summary>
    internal static BestWeights? BestOf(SafetensorsFile training)
    {
        if (!training.Metadata.TryGetValue("best", out string? text))
        {
            return null;
        }

        JsonNode json = StrictJson.Parse(text);
        return new BestWeights(new((int)json["epoch"]!, (long)json["step"]!), RecordedNumber.Read(json["value"]));
    }

    private static void ThrowUnlessKnown(IReadOnlyDictionary<string, string> metadata, string path)
    {
        string[] known = [.. Enumerable.Range(1, Snapshot.FormatVersion).Select(v => v.ToString(CultureInfo.InvariantCulture))];
        string? received = metadata.GetValueOrDefault("format_version");
        if (!known.Contains(received))
        {
            throw new RequestException(new Problem("This checkpoint was written by another version of Regimen")
            {
                Where = path,
                Expected = $"format_version {string.Join(" or ", known)}",
                Received = received ?? "none",
                Hint = "Use the version that wrote it (versions.regimen in the run's run.json).",
            });
        }
    }
}

/// <summary>A checkpoint that has been read and checked.</summary>
/// <param name="Entry">The entry in the index.</param>
/// <param name="Point">The point to resume from.</param>
/// <param name="ModelMetadata">The metadata of the model's file, which includes the config.</param>
internal sealed record SavedCheckpoint(CheckpointEntry Entry, ResumePoint Point, IReadOnlyDictionary<string, string> ModelMetadata);
