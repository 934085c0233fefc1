using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Regimen.Reports;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Answers with a report: one file with its own style sheet, which the policy names by its digest, and without scripts.</summary>
internal static class ReportAnswer
{
    private static readonly string Policy =
        $"default-src 'none'; img-src data:; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ReportStyle.Sheet)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

    public static Task Send(HttpContext context, string report)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return Answer.TextAsync(context, report, PageFrame.Type);
    }
}
