namespace Regimen;

/// <summary>The request is wrong, and this was found before the first step: usage, a config, an input file, a run folder in use. Nothing has
/// been changed. A program exits with 2.</summary>
public sealed class RequestException : RegimenException
{
    /// <summary>An exception with every problem that was found.</summary>
    /// <param name="problems">In the order in which they were found; at least one.</param>
    /// <param name="inner">The exception behind it; null for none.</param>
    public RequestException(IReadOnlyList<Problem> problems, Exception? inner = null)
        : base(problems, inner)
    {
    }

    /// <summary>An exception with one problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="inner">The exception behind it; null for none.</param>
    public RequestException(Problem problem, Exception? inner = null)
        : base([problem], inner)
    {
    }
}
