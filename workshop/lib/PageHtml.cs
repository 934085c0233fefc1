using System.Net;
using System.Text;
using ColorCode;
using Markdig;
using Regimen.Charts;

namespace Workshop;

/// <summary>A step's page as HTML: one file, without scripts and without network.</summary>
internal static class PageHtml
{
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UsePipeTables().Build();

    /// <summary>Returns the page.</summary>
    /// <param name="source">The step's source.</param>
    /// <param name="shown">What the step showed, in order.</param>
    /// <param name="isBroken">Whether the step ran with <c>--break</c>.</param>
    public static string Write(StepSource source, IReadOnlyList<Shown> shown, bool isBroken)
    {
        var body = new StringBuilder();
        body.Append($"<nav>{Neighbours(source)}</nav>");
        if (isBroken)
        {
            body.Append("<p class=\"broken\">This page was made with <code>--break</code>: the step runs without what it is about.</p>");
        }

        foreach (SourcePart part in source.Parts)
        {
            if (part is SourcePart.Prose prose)
            {
                // A page is one folder deeper than the step.
                body.Append(Markdig.Markdown.ToHtml(prose.Markdown.Replace("](../", "](../../", StringComparison.Ordinal), Markdown));
            }
            else if (part is SourcePart.Code code)
            {
                body.Append($"<div class=\"code\">{Colored(code.Text, Languages.CSharp)}</div>");
                body.Append(Output([.. shown.Where(s => s.Line >= code.FirstLine && s.Line <= code.LastLine)]));
            }
        }

        string python = Path.Combine(Path.GetDirectoryName(source.Path)!, "pytorch", $"{source.Number}.py");
        if (File.Exists(python))
        {
            body.Append($"<h2>The same in PyTorch</h2><p><code>workshop/pytorch/{source.Number}.py</code></p>");
            body.Append($"<div class=\"code\">{Colored(string.Join('\n', File.ReadAllLines(python)).Trim(), Languages.Python)}</div>");
        }

        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{source.Number} {WebUtility.HtmlEncode(source.Title)}</title>
            <style>
            {ChartTheme.StyleSheet}
            {PageStyle.Rules}
            </style>
            </head>
            <body>
            <main>
            {body}
            </main>
            </body>
            </html>

            """;
    }

    private static string Output(IReadOnlyList<Shown> shown)
    {
        var html = new StringBuilder();
        var text = new StringBuilder();
        foreach (Shown item in shown)
        {
            if (item.Text is not null)
            {
                text.Append(item.Text);
                continue;
            }

            Flush();
            html.Append($"<figure>{item.Html}</figure>");
        }

        Flush();
        return html.ToString();

        void Flush()
        {
            if (text.Length > 0)
            {
                html.Append($"<pre class=\"output\">{WebUtility.HtmlEncode(text.ToString().TrimEnd())}</pre>");
                text.Clear();
            }
        }
    }

    /// <summary>Links to the pages of the steps before and after this one.</summary>
    private static string Neighbours(StepSource source)
    {
        string[] steps = [.. Directory.EnumerateFiles(Path.GetDirectoryName(source.Path)!, "*.cs")
            .Select(Path.GetFileName).Where(f => char.IsAsciiDigit(f![0])).Select(f => f!).Order(StringComparer.Ordinal)];
        return string.Join(" ", steps.Select(f => f == Path.GetFileName(source.Path)
            ? $"<b>{f[..2]}</b>"
            : $"<a href=\"{f[..2]}.html\" title=\"{Path.GetFileNameWithoutExtension(f)[3..]}\">{f[..2]}</a>"));
    }

    private static string Colored(string code, ILanguage language) => new HtmlClassFormatter().GetHtmlString(code, language);
}
