using System.Security.Cryptography;
using System.Text;
using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>The page around a report: one file without scripts that loads nothing, which its content security policy enforces.</summary>
internal static class ReportPage
{
    private static readonly string Policy = $"default-src 'none'; img-src data:; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ReportStyle.Sheet)))}'; base-uri 'none'; form-action 'none'";

    /// <summary>Returns a complete page.</summary>
    /// <param name="title">The title of the window.</param>
    /// <param name="body">The report.</param>
    public static string Of(string title, string body)
        => "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
        + $"<meta name=\"color-scheme\" content=\"light dark\"/><meta http-equiv=\"Content-Security-Policy\" content=\"{Markup.Escape(Policy)}\"/>"
        + $"<meta name=\"generator\" content=\"Regimen\"/><title>{Markup.Escape(title)}</title><style>{ReportStyle.Sheet}</style></head>\n<body>\n{body}</body></html>\n";
}
