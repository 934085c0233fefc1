using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Runs;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Recording;

/// <summary>Copies the state of a training into the content of a checkpoint.</summary>
internal static class Snapshot
{
    /// <summary>The version of training.safetensors that this Regimen writes.</summary>
    /// <remarks>In version 1 the file itself contained the history, as <c>history</c>.</remarks>
    public const int FormatVersion = 2;

    /// <summary>The key of the number of averages of the weights so far.</summary>
    public const string AveragesKey = "averages";

    /// <summary>The key of the digest of what a stream has returned.</summary>
    public const string StreamKey = "stream_sha256";

    /// <summary>Copies the current state.</summary>
    /// <param name="state">The state of the training.</param>
    /// <param name="modelMetadata">The metadata of the model, which is sufficient to predict.</param>
    /// <param name="metrics">The recorded metrics, which contain every pass of the history; the checkpoint refers to them.</param>
    public static CheckpointContent Of(TrainingState state, IReadOnlyDictionary<string, string> modelMetadata, MetricsFile metrics) => new(
        state.WithAveraged(() => Copies(state.Model.state_dict())), modelMetadata, Copies(state.NamedOptimizerState()), Metadata(state, metrics))
    {
        Raw = state.Average?.With(averaged: false, () => Copies(state.Model.state_dict())),
    };

    private static KeyValuePair<string, Tensor>[] Copies(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return [.. tensors.Select(t => KeyValuePair.Create(t.Key, t.Value.detach().clone().DetachFromDisposeScope()))];
    }

    private static Dictionary<string, string> Metadata(TrainingState state, MetricsFile metrics)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format_version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
            ["epoch"] = state.At.Epoch.ToString(CultureInfo.InvariantCulture),
            ["step"] = state.At.Step.ToString(CultureInfo.InvariantCulture),
            ["running"] = JsonSerializer.Serialize(state.UpToNow(), CheckpointJson.Default.RunningEpoch),
        };
        if (state.Optimizers.Any(o => o.Part.Length > 0 || o.Optimizer.Steps != state.At.Step))
        {
            // A step of the user's own updates each part as often as it wants.
            metadata["optimizer_steps"] = new JsonObject(state.Optimizers.Select(o => KeyValuePair.Create(o.Part, (JsonNode?)o.Optimizer.Steps))).ToJsonString();
        }

        if (metrics.Rows == state.History.Passes.Count)
        {
            metadata["history_rows"] = metrics.Rows.ToString(CultureInfo.InvariantCulture);
            metadata["history_sha256"] = metrics.Digest;
        }
        else
        {
            // A training that continues from another run's checkpoint in a new record has passes that this record does not contain.
            metadata["history"] = new JsonArray([.. state.History.Passes.Select(MetricsFile.Row)]).ToJsonString();
        }

        if (state.Average is { } average)
        {
            metadata[AveragesKey] = average.Count.ToString(CultureInfo.InvariantCulture);
        }

        if (state.StreamDigest is { } digest)
        {
            metadata[StreamKey] = digest();
        }

        if (state.Best is { } best)
        {
            metadata["best"] = new JsonObject { ["epoch"] = best.At.Epoch, ["step"] = best.At.Step, ["value"] = RecordedNumber.Write(best.Value) }.ToJsonString();
        }

        return metadata;
    }
}
