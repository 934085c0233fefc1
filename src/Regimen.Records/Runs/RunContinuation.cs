
namespace Regimen.Runs;

/// <summary>How the record of a run is continued when the run is resumed, or begun when it is forked.</summary>
/// <param name="Resumed">The entry that run.json gets; null for a fork.</param>
/// <param name="Checkpoint">The checkpoint to resume from; null to start from step 0.</param>
/// <param name="History">The passes up to that checkpoint.</param>
/// <param name="SecondsBefore">The time in seconds that these passes took.</param>
/// <param name="Notes">Further lines for the log: damaged checkpoints, other versions.</param>
internal sealed record RunContinuation(RunResumed? Resumed, CheckpointEntry? Checkpoint, History History, double SecondsBefore, IReadOnlyList<string> Notes);
