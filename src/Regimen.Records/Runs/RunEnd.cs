
namespace Regimen.Runs;

/// <summary>Writes the result of a training into a manifest.</summary>
internal static class RunEnd
{
    /// <summary>Returns the manifest with the result of a training.</summary>
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
            ThreadsUsed = ThreadRange.Of(manifest.ThreadsUsed, result.Threads),
            Epochs = result.At.Epoch,
            Steps = result.At.Step,
            BestEpoch = result.Best?.At.Epoch,
            BestStep = result.Best?.At.Step,
            Val = validation is null ? null : Values(validation),
        };
    }

    /// <summary>Returns a pass's loss and metrics as a manifest holds them: null for a number that is not finite.</summary>
    public static Dictionary<string, double?> Values(Pass pass)
        => pass.Values.ToDictionary(v => v.Key, v => double.IsFinite(v.Value) ? v.Value : (double?)null);
}
