using Regimen.Evaluation;
using Regimen.Runs;

namespace Regimen.Experiments;

/// <summary>What a run gave.</summary>
/// <param name="Manifest">Its completed record.</param>
/// <param name="Training">How the training went.</param>
/// <param name="Test">What the test measured; null where it was interrupted or has no test set.</param>
public sealed record RunOutcome(RunManifest Manifest, TrainResult Training, EvaluationResult? Test);
