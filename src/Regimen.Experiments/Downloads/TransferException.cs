namespace Regimen.Downloads;

/// <summary>Thrown if a file can't be downloaded.</summary>
internal sealed class TransferException(Problem problem, bool mayRecover, Exception? inner = null) : Exception(problem.ToString(), inner)
{
    public Problem Problem { get; } = problem;

    /// <summary>Whether a retry may succeed.</summary>
    public bool MayRecover { get; } = mayRecover;
}
