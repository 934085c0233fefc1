using Regimen.Evaluation;
using Regimen.Runs;

namespace Regimen.Experiments;

/// <summary>The result of a run.</summary>
/// <param name="Manifest">The completed manifest.</param>
/// <param name="Training">The result of the training.</param>
/// <param name="Test">The result of the test; null if the run was interrupted or has no test set.</param>
public sealed record RunOutcome(RunManifest Manifest, TrainResult Training, EvaluationResult? Test)
{
    /// <summary>The path of the report; null if none was written.</summary>
    public string? Report { get; init; }

    /// <summary>Why the report could not be written; null if it was, and if none was asked for.</summary>
    public string? ReportProblem { get; init; }
}
