namespace Regimen;

/// <summary>The request is wrong, and this was found before the first step: usage, a config, an input file, or a run folder in use. Nothing
/// has been changed. A program exits with 2.</summary>
public sealed class RequestException : Exception
{
    /// <summary>Creates an exception for every problem that was found.</summary>
    public RequestException(IReadOnlyList<Problem> problems, Exception? inner = null)
        : base(string.Join('\n', problems), inner) => Problems = problems;

    /// <summary>Creates an exception for one problem.</summary>
    public RequestException(Problem problem, Exception? inner = null)
        : this([problem], inner)
    {
    }

    /// <summary>The problems, in the order in which they were found; never empty.</summary>
    public IReadOnlyList<Problem> Problems { get; }
}
