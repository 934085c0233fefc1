using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>Creates the continuation of a run's record from the checkpoint to resume from.</summary>
internal static class RunContinuations
{
    /// <summary>Returns the point from which the record continues.</summary>
    /// <param name="manifest">The run's manifest so far.</param>
    /// <param name="checkpoint">The checkpoint to resume from; null to start from the first step.</param>
    /// <param name="damaged">The problems of newer checkpoints that were skipped.</param>
    /// <param name="environment">The machine and source code of the resumed run.</param>
    /// <param name="changed">The changes to the config: key, then old and new value.</param>
    /// <param name="now">The time (UTC).</param>
    public static RunContinuation Of(
        RunManifest manifest,
        SavedCheckpoint? checkpoint,
        IReadOnlyList<Problem> damaged,
        RunEnvironment environment,
        IReadOnlyDictionary<string, IReadOnlyList<string>> changed,
        DateTimeOffset now)
    {
        ResumePoint? point = checkpoint?.Point;
        Progress at = point?.At ?? default;
        RunVersions? others = environment.Versions == manifest.Versions ? null : environment.Versions;
        return new RunContinuation(
            new RunResumed(now, checkpoint?.Entry.Name, at.Epoch, at.Step, manifest.Status, changed, others, environment.Git),
            checkpoint?.Entry,
            point?.History ?? History.Empty,
            point?.SecondsSoFar ?? 0,
            [.. Notes(manifest, damaged, environment)]);
    }

    /// <summary>Returns notes for the user: damaged checkpoints that were skipped, and differences of versions and machine.</summary>
    public static IEnumerable<string> Notes(RunManifest manifest, IReadOnlyList<Problem> damaged, RunEnvironment environment) =>
    [
        .. damaged.Select(problem => $"skipped a newer checkpoint: {problem}"),
        .. RunVersions.Differences(manifest.Versions, environment.Versions).Select(difference => $"{difference}: the bits of the remaining steps may differ"),
    ];
}
