using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Regimen.Charts;
using Regimen.Reports;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>A file of the pages: it is inside the assembly, and is known by its name and nothing else, so no address leads to another file.</summary>
internal sealed record Asset(byte[] Content, string Type, string Tag)
{
    private const string Prefix = "assets/";
    private static readonly Lazy<IReadOnlyDictionary<string, Asset>> All = new(() =>
    {
        Assembly assembly = typeof(Asset).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(n => n[Prefix.Length..], n => Read(assembly, n))
            .Append(new("report.css", Of("report.css", Encoding.UTF8.GetBytes(ReportSheet)))).ToDictionary();
    });

    /// <summary>The style sheet of the parts that pages share with reports: their charts follow the theme that the reader chose here.</summary>
    private static string ReportSheet => $$"""
        :root { {{ChartTheme.Variables(dark: false)}} }
        @media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { {{ChartTheme.Variables(dark: true)}} } }
        :root[data-theme="dark"] { {{ChartTheme.Variables(dark: true)}} }
        {{ChartTheme.Rules}}
        {{ReportStyle.Article}}
        """;

    /// <summary>Answers the request of a file.</summary>
    public static Task AnswerAsync(HttpContext context)
    {
        string name = (string?)context.Request.RouteValues["name"] ?? string.Empty;
        if (!All.Value.TryGetValue(name, out Asset? asset))
        {
            throw new StatusException(StatusCodes.Status404NotFound, new Problem("There is no such file") { Received = name });
        }

        return Tagged.AnswerAsync(context, asset.Tag, asset.Type, () => asset.Content);
    }

    private static Asset Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return Of(name, content);
    }

    private static Asset Of(string name, byte[] content)
    {
        string type = Path.GetExtension(name) switch
        {
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        return new Asset(content, type, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }
}
