namespace Regimen;

/// <summary>The work failed after it began: a loss that is not finite, a full disk, a verification that found a difference. A program exits
/// with 1.</summary>
public sealed class WorkFailedException(Problem problem, Exception? inner = null) : Exception(problem.ToString(), inner)
{
    /// <summary>What went wrong.</summary>
    public Problem Problem { get; } = problem;
}
