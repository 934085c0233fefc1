using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Runs;

/// <summary>Copies a training's state as a checkpoint holds it.</summary>
internal static class Snapshot
{
    /// <summary>The version of training.safetensors that this Regimen writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>A copy of everything at this moment.</summary>
    /// <param name="state">Where training stands.</param>
    /// <param name="modelMetadata">What is needed to predict.</param>
    public static CheckpointContent Of(TrainingState state, IReadOnlyDictionary<string, string> modelMetadata) => new(
        Copies(state.Model.state_dict()), modelMetadata, Copies(state.Optimizer.NamedState()), Metadata(state));

    private static KeyValuePair<string, Tensor>[] Copies(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return [.. tensors.Select(t => KeyValuePair.Create(t.Key, t.Value.detach().clone().DetachFromDisposeScope()))];
    }

    private static Dictionary<string, string> Metadata(TrainingState state)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format_version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
            ["epoch"] = state.At.Epoch.ToString(CultureInfo.InvariantCulture),
            ["step"] = state.At.Step.ToString(CultureInfo.InvariantCulture),
            ["running"] = JsonSerializer.Serialize(state.UpToNow(), CheckpointJson.Default.RunningEpoch),
            ["history"] = new JsonArray([.. state.History.Passes.Select(MetricsFile.Row)]).ToJsonString(),
        };
        if (state.Best is { } best)
        {
            metadata["best"] = new JsonObject { ["epoch"] = best.At.Epoch, ["step"] = best.At.Step, ["value"] = best.Value }.ToJsonString();
        }

        return metadata;
    }
}
