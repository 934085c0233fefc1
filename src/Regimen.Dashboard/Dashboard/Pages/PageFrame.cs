using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>What all pages have: head, navigation, the list of shortcuts.</summary>
internal static class PageFrame
{
    public const string Type = "text/html; charset=utf-8";

    /// <summary>The shortcuts of all pages, and of pages with a table, with curves and with a drawing.</summary>
    private static readonly (string Keys, string Meaning)[] Shortcuts =
    [
        ("?", "show or hide this list"),
        ("g r", "go to the runs"),
        ("g c", "go to the curves"),
        ("g d", "go to the drawing page"),
        ("t", "change between light and dark"),
        ("/", "runs: go to the search"),
        ("j, k", "runs: next or previous row; x chooses it, Enter opens it"),
        ("c", "runs: curves of the chosen runs; d shows the differences of their configs"),
        ("+, -", "curves: zoom in or out; arrow keys move, 0 shows everything"),
        ("l", "curves: logarithmic values; s changes the axis between step, epoch and time"),
        ("arrow keys", "drawing: move the pen; Space puts it down or lifts it, Delete clears the picture"),
        ("0 to 9", "drawing: draw a sample digit"),
    ];

    /// <summary>Answers with a page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="title">The title.</param>
    /// <param name="main">The content.</param>
    /// <param name="scripts">The names of its scripts, beside that of all pages.</param>
    public static Task AnswerAsync(HttpContext context, string title, Html main, params IReadOnlyList<string> scripts)
        => Tagged.AnswerAsync(context, Of(title, main, scripts).ToString(), Type);

    /// <summary>Answers with a page and a status that is not 200.</summary>
    public static Task AnswerAsync(HttpContext context, int status, string title, Html main)
        => Answer.TextAsync(context, Of(title, main, []).ToString(), Type, status);

    /// <summary>The modules that a script imports, which the browser requests at once then.</summary>
    private static string[] Imports(string script) => script == "curves.js" ? ["chart.js", "curve-data.js", "live.js"] : [];

    private static Html Of(string title, Html main, IReadOnlyList<string> scripts) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title} · Regimen</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/assets/uplot/uPlot.min.css">
        <link rel="stylesheet" href="/assets/report.css">
        <link rel="stylesheet" href="/assets/site.css">
        <script type="module" src="/assets/site.js"></script>
        {scripts.SelectMany(Imports).Select(i => Html.Of($"<link rel=\"modulepreload\" href=\"/assets/{i}\">"))}
        {scripts.Select(s => s.StartsWith("uplot/", StringComparison.Ordinal)
            ? Html.Of($"<script defer src=\"/assets/{s}\"></script>")
            : Html.Of($"<script type=\"module\" src=\"/assets/{s}\"></script>"))}
        </head>
        <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
        <a class="brand" href="/"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M3 4c2 9 5 14 18 15" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round"/><path d="M3 20V4" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round"/></svg>Regimen</a>
        <nav aria-label="Pages"><a href="/" data-go="r">Runs</a><a href="/curves" data-go="c">Curves</a><a href="/draw" data-go="d">Draw</a></nav>
        <button type="button" id="theme" class="quiet" aria-label="Change between light and dark" title="Light or dark (t)">◐</button>
        <button type="button" id="help" class="quiet" aria-label="Keyboard shortcuts" title="Shortcuts (?)">?</button>
        </header>
        <main id="main" tabindex="-1">
        {main}
        </main>
        <dialog id="shortcuts" aria-labelledby="shortcuts-title"><h2 id="shortcuts-title">Keyboard shortcuts</h2><dl>{Shortcuts.Select(s => Html.Of($"<dt><kbd>{s.Keys}</kbd></dt><dd>{s.Meaning}</dd>"))}</dl><form method="dialog"><button>Close</button></form></dialog>
        <div id="status" role="status" aria-live="polite" class="toast"></div>
        </body>
        </html>
        """);
}
