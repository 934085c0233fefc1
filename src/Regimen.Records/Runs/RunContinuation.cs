
namespace Regimen.Runs;

/// <summary>How a run's record goes on where it was left.</summary>
/// <param name="Resumed">What is noted of it.</param>
/// <param name="Checkpoint">The checkpoint it counts on; null to begin anew.</param>
/// <param name="History">The passes it counts on.</param>
/// <param name="SecondsBefore">Time that went into what it counts on.</param>
/// <param name="Notes">What else the log should tell: damaged checkpoints, other versions.</param>
public sealed record RunContinuation(RunResumed Resumed, CheckpointEntry? Checkpoint, History History, double SecondsBefore, IReadOnlyList<string> Notes);
