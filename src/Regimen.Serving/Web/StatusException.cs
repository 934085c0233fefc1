namespace Regimen.Web;

/// <summary>A request that can't be answered, and the status code of the response.</summary>
internal sealed class StatusException(int status, params IReadOnlyList<Problem> problems) : Exception(problems[0].Message)
{
    /// <summary>The HTTP status code.</summary>
    public int Status => status;

    /// <summary>The problems.</summary>
    public IReadOnlyList<Problem> Problems => problems;
}
