using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Answers a request that failed: a page for a person, a document (RFC 9457) for a script.</summary>
internal static class ProblemPage
{
    public static Task AnswerAsync(HttpContext context, StatusException failure)
        => context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? Answer.ProblemAsync(context, failure)
            : PageFrame.AnswerAsync(context, failure.Status, failure.Message, Of(failure));

    private static Html Of(StatusException failure) => Html.Of($"""
        <section class="card problem"><p class="code">{failure.Status}</p>{failure.Problems.Select(One)}<p><a href="/">All runs</a></p></section>
        """);

    private static Html One(Problem problem) => Html.Of($"<h1>{problem.Message}</h1><dl class=\"facts\">{Fact("where", problem.Where)}{Fact("expected", problem.Expected)}{Fact("received", problem.Received)}</dl><p>{problem.Hint}</p>");

    private static Html Fact(string name, string? value) => Html.If(value is not null, $"<dt>{name}</dt><dd>{value}</dd>");
}
