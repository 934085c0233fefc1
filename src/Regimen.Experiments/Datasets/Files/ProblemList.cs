namespace Regimen.Datasets;

/// <summary>Reports the problems of many files in one exception, up to a limit.</summary>
internal static class ProblemList
{
    private const int MaxReported = 20;

    /// <summary>Throws if there are problems. The message lists the first 20 and the number of the others.</summary>
    /// <exception cref="RequestException">There is at least one problem.</exception>
    public static void ThrowIfAny(IReadOnlyList<Problem> problems)
    {
        if (problems.Count > 0)
        {
            throw new RequestException(
                problems.Count <= MaxReported ? problems : [.. problems.Take(MaxReported), new Problem($"… and {problems.Count - MaxReported} more of this kind")]);
        }
    }
}
