namespace Regimen;

/// <summary>The base of the exceptions that Regimen throws for what a caller can correct: <see cref="RequestException"/> and
/// <see cref="WorkFailedException"/>.</summary>
public abstract class RegimenException : Exception
{
    private protected RegimenException(IReadOnlyList<Problem> problems, Exception? inner = null)
        : base(string.Join('\n', problems), inner)
    {
        ArgumentOutOfRangeException.ThrowIfZero(problems.Count, nameof(problems));
        Problems = problems;
    }

    /// <summary>The problems, at least one.</summary>
    public IReadOnlyList<Problem> Problems { get; }
}
