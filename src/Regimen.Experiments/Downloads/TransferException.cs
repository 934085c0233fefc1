namespace Regimen.Downloads;

/// <summary>Why a server's file could not be had.</summary>
internal sealed class TransferException(Problem problem, bool mayRecover, Exception? inner = null) : Exception(problem.ToString(), inner)
{
    public Problem Problem { get; } = problem;

    /// <summary>Whether asking once more may help.</summary>
    public bool MayRecover { get; } = mayRecover;
}
