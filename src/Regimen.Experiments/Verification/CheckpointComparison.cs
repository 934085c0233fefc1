using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Files;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Verification;

/// <summary>Compares checkpoints with the repeated training: weights and optimizer state at their steps and, after the training, their epoch
/// and step, best weights so far and state within the epoch.</summary>
internal sealed class CheckpointComparison(RecordedRun run)
{
    // The config is compared key by key with config.yaml; the others are format versions.
    private static readonly string[] NotCompared = ["regimen.config", "format", "regimen.format_version", CheckpointSaving.WeightsKey];
    private readonly Dictionary<long, (int Epoch, RunningEpoch Running)> _at = [];
    private readonly Dictionary<long, string> _averaged = [];
    private readonly List<BestWeights?> _bestAfterValidation = [.. BestBefore(run)];
    private readonly Dictionary<long, RecordedCheckpoint[]> _byStep = run.Checkpoints.GroupBy(c => c.Entry.Step).ToDictionary(g => g.Key, g => g.ToArray());

    /// <summary>The number of checkpoints whose weights were compared.</summary>
    public int Count { get; private set; } = run.Checkpoints.Count(c => c.Entry.Step <= run.FirstStep);

    /// <summary>Compares the checkpoints of a step with the weights and the optimizer's state after it.</summary>
    public IEnumerable<Problem> After(TrainEvent.StepTaken step)
    {
        TrainingState state = step.State;
        foreach (RecordedCheckpoint checkpoint in _byStep.GetValueOrDefault(state.At.Step, []))
        {
            Count++;
            _at[state.At.Step] = (state.At.Epoch, state.Running);
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGrad = no_grad();
            string weights = Weights.Digest(state.Model.state_dict());
            string recorded = checkpoint.RawDigest ?? checkpoint.Entry.WeightsDigest;
            if (weights != recorded)
            {
                yield return Differs(checkpoint, "The weights", recorded, weights);
            }

            NoteAveraged(state);

            string memory = Weights.Digest(state.NamedOptimizerState());
            if (memory != checkpoint.StateDigest)
            {
                yield return Differs(checkpoint, "The optimizer's state", checkpoint.StateDigest, memory);
            }
        }
    }

    /// <summary>Notes the end of an epoch, at which its running sums are cleared: also of one that early stopping or an observer cut short.</summary>
    public void After(TrainEvent.EpochEnded ended)
    {
        if (_at.ContainsKey(ended.State.At.Step))
        {
            NoteAveraged(ended.State);
            _at[ended.State.At.Step] = (ended.State.At.Epoch, default);
        }
    }

    /// <summary>Stores the best weights so far.</summary>
    public void After(TrainEvent.Validated validated)
    {
        _bestAfterValidation.Add(validated.State.Best);
        if (_at.ContainsKey(validated.State.At.Step))
        {
            NoteAveraged(validated.State);
        }
    }

    /// <summary>Compares the metadata of the reached checkpoints, and the index.</summary>
    /// <param name="modelMetadata">The expected metadata of the model's file.</param>
    public IEnumerable<Problem> AtEnd(IReadOnlyDictionary<string, string> modelMetadata)
    {
        foreach (RecordedCheckpoint checkpoint in run.Checkpoints)
        {
            foreach (Problem problem in OfModel(checkpoint, modelMetadata))
            {
                yield return problem;
            }

            if (_at.TryGetValue(checkpoint.Entry.Step, out (int Epoch, RunningEpoch Running) now))
            {
                foreach (Problem problem in OfMoment(checkpoint, now.Epoch, now.Running).Concat(OfAveraged(checkpoint)))
                {
                    yield return problem;
                }
            }
        }

        foreach (Problem problem in OfIndex())
        {
            yield return problem;
        }
    }

    /// <summary>Stores the digest of the averaged weights. A validation may change their statistics of batch norms after the step.</summary>
    private void NoteAveraged(TrainingState state)
    {
        if (state.Average is not null)
        {
            _averaged[state.At.Step] = state.WithAveraged(() => Weights.Digest(state.Model.state_dict()));
        }
    }

    private IEnumerable<Problem> OfAveraged(RecordedCheckpoint checkpoint)
    {
        string? averaged = _averaged.GetValueOrDefault(checkpoint.Entry.Step);
        bool isReached = checkpoint.Validations <= _bestAfterValidation.Count;
        if (checkpoint.RawDigest is not null && isReached && averaged is not null && averaged != checkpoint.Entry.WeightsDigest)
        {
            yield return Differs(checkpoint, "The averaged weights", checkpoint.Entry.WeightsDigest, averaged);
        }
    }

    private IEnumerable<Problem> OfMoment(RecordedCheckpoint checkpoint, int epoch, RunningEpoch running)
    {
        if (checkpoint.Entry.Epoch != epoch)
        {
            yield return Differs(checkpoint, "The epoch", $"{checkpoint.Entry.Epoch}", $"{epoch}");
        }

        BestWeights? best = BestAfter(checkpoint.Validations);
        if (checkpoint.Validations <= _bestAfterValidation.Count && DisplayText(checkpoint.Best) != DisplayText(best))
        {
            yield return Differs(checkpoint, "The best so far", DisplayText(checkpoint.Best), DisplayText(best));
        }

        string recorded = DisplayText(checkpoint.Running);
        string now = DisplayText(checkpoint.IsInsideEpoch ? running : default);
        if (recorded != now)
        {
            yield return Differs(checkpoint, "The state within the epoch", recorded, now);
        }
    }

    private IEnumerable<Problem> OfModel(RecordedCheckpoint checkpoint, IReadOnlyDictionary<string, string> expected)
    {
        foreach ((string key, string value) in checkpoint.ModelMetadata.Where(m => !NotCompared.Contains(m.Key)))
        {
            string? now = expected.GetValueOrDefault(key);
            if (now is null || !Covers(value, now))
            {
                yield return Differs(checkpoint, $"`{key}` of the model's file", value, now ?? "no such key");
            }
        }

        foreach (string key in (string[])["regimen.sample_shape", "regimen.classes", "regimen.preprocessing"])
        {
            if (!checkpoint.ModelMetadata.ContainsKey(key))
            {
                yield return Differs(checkpoint, $"`{key}` of the model's file", "none", expected[key]);
            }
        }
    }

    /// <summary>Compares the last and the best checkpoint of the index.</summary>
    private IEnumerable<Problem> OfIndex()
    {
        CheckpointIndex index = run.Index;
        CheckpointEntry? newest = index.Checkpoints.MaxBy(c => c.Step);
        if (index.Last != newest?.Name)
        {
            yield return new Problem("The index names another checkpoint as the last than the newest") { Where = run.Folder.CheckpointsFolder, Expected = index.Last ?? "none", Received = newest?.Name ?? "none" };
        }

        RecordedCheckpoint? last = run.Checkpoints.FirstOrDefault(c => c.Entry.Name == newest?.Name);
        if (last is null || last.Validations > _bestAfterValidation.Count || !_at.ContainsKey(last.Entry.Step))
        {
            // The newest checkpoint is damaged, or was not reached.
            yield break;
        }

        Progress? best = BestAfter(last.Validations)?.At;
        string? name = index.Checkpoints.FirstOrDefault(c => c.Step == best?.Step)?.Name;
        if (index.Best != name)
        {
            yield return new Problem("The index names another checkpoint as the best than that of the best validation")
            {
                Where = run.Folder.CheckpointsFolder,
                Expected = index.Best ?? "none",
                Received = name ?? (best is { } at ? $"none of {at}" : "none"),
            };
        }
    }

    private BestWeights? BestAfter(int validations) => validations == 0 || validations > _bestAfterValidation.Count ? null : _bestAfterValidation[validations - 1];

    /// <summary>Returns the best weights after each validation before a fork: only the last is compared later, and known.</summary>
    private static IEnumerable<BestWeights?> BestBefore(RecordedRun run)
    {
        if (run.Origin is not { } origin)
        {
            return [];
        }

        var start = RecordedCheckpoint.Read(origin.Store, origin.Entry);
        return start.Validations == 0 ? [] : [.. Enumerable.Repeat<BestWeights?>(null, start.Validations - 1), start.Best];
    }

    /// <summary>Whether the current JSON contains everything of the recorded JSON; a newer version may add keys.</summary>
    private static bool Covers(string recorded, string now)
    {
        try
        {
            return recorded == now || Covers(StrictJson.Parse(recorded), StrictJson.Parse(now));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Covers(JsonNode? recorded, JsonNode? now) => (recorded, now) switch
    {
        (JsonObject a, JsonObject b) => a.All(p => b.TryGetPropertyValue(p.Key, out JsonNode? value) && Covers(p.Value, value)),
        (JsonArray a, JsonArray b) => a.Count == b.Count && a.Zip(b).All(p => Covers(p.First, p.Second)),
        _ => JsonNode.DeepEquals(recorded, now),
    };

    private static string DisplayText(BestWeights? best) => best is { } b ? string.Create(CultureInfo.InvariantCulture, $"{b.Value:R} of {b.At}") : "none";

    private static string DisplayText(RunningEpoch running)
        => string.Create(CultureInfo.InvariantCulture, $"loss times samples {running.LossTimesSamples:R}, {running.Samples} samples, lr {running.Lr:R}")
            + (running.Weight is { } weight ? string.Create(CultureInfo.InvariantCulture, $", weight {weight:R}") : string.Empty)
            + (running.Parts is { } parts ? string.Create(CultureInfo.InvariantCulture, $", parts {string.Join(" ", parts.Select(p => p.ToString("R", CultureInfo.InvariantCulture)))}") : string.Empty);

    private Problem Differs(RecordedCheckpoint checkpoint, string what, string recorded, string now)
        => new($"{what} of checkpoint {checkpoint.Entry.Name} differ{(what.EndsWith("weights", StringComparison.Ordinal) ? string.Empty : "s")}") { Where = run.Folder.CheckpointsFolder, Expected = recorded, Received = now };
}
