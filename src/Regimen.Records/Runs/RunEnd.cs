
namespace Regimen.Runs;

/// <summary>What a manifest says of how a training ended.</summary>
internal static class RunEnd
{
    /// <summary>The manifest with a training's end.</summary>
    public static RunManifest Of(RunManifest manifest, TrainResult result)
    {
        Pass? validation = result.Restored
            ? result.History.Passes.LastOrDefault(p => p.Split == Pass.Validation && p.At == result.Best?.At)
            : result.History.Last(Pass.Validation);
        return manifest with
        {
            Status = result.Status switch
            {
                TrainStatus.Finished => RunStatus.Finished,
                TrainStatus.StoppedEarly => RunStatus.StoppedEarly,
                TrainStatus.Failed => RunStatus.Failed,
                _ => RunStatus.Interrupted,
            },
            Reason = result.Reason,
            StoppedBy = result.StoppedBy,
            Epochs = result.At.Epoch,
            Steps = result.At.Step,
            BestEpoch = result.Best?.At.Epoch,
            BestStep = result.Best?.At.Step,
            Val = validation is null ? null : Values(validation),
        };
    }

    /// <summary>A pass's loss and metrics as a manifest has them.</summary>
    public static Dictionary<string, double?> Values(Pass pass)
        => pass.Values.ToDictionary(v => v.Key, v => double.IsFinite(v.Value) ? v.Value : (double?)null);
}
