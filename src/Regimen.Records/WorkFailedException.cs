namespace Regimen;

/// <summary>The work failed after it began: a loss that is not finite, a full disk, a verification that found a difference. A program exits with 1.</summary>
/// <param name="problem">The problem.</param>
/// <param name="inner">The exception behind it; null for none.</param>
public sealed class WorkFailedException(Problem problem, Exception? inner = null) : RegimenException([problem], inner)
{
    /// <summary>The problem.</summary>
    public Problem Problem => Problems[0];
}
