namespace Regimen;

/// <summary>What was asked for is wrong, and this was found before the first step: usage, a config, an input file, a run folder in
/// use. Nothing has been changed. A program exits with 2.</summary>
public sealed class RequestException : Exception
{
    /// <summary>With every problem that was found, told at once.</summary>
    public RequestException(IReadOnlyList<Problem> problems, Exception? inner = null)
        : base(string.Join('\n', problems), inner) => Problems = problems;

    /// <summary>With one problem.</summary>
    public RequestException(Problem problem, Exception? inner = null)
        : this([problem], inner)
    {
    }

    /// <summary>Everything that is wrong, in the order in which it was found; never empty.</summary>
    public IReadOnlyList<Problem> Problems { get; }
}
