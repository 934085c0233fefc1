namespace Regimen.Datasets;

/// <summary>Problems of many files, told at once as far as a person reads.</summary>
internal static class ProblemList
{
    private const int Told = 20;

    /// <summary>Refuses where there is a problem: the first ones in full, the others by their number.</summary>
    /// <exception cref="RequestException">There is one at least.</exception>
    public static void ThrowIfAny(IReadOnlyList<Problem> problems)
    {
        if (problems.Count > 0)
        {
            throw new RequestException(
                problems.Count <= Told ? problems : [.. problems.Take(Told), new Problem($"… and {problems.Count - Told} more of this kind")]);
        }
    }
}
