using Microsoft.AspNetCore.Http;

namespace Regimen.Dashboard;

/// <summary>The page on which a picture is drawn while a model predicts it.</summary>
internal sealed class DrawPage(RunsFolder folder, RunListing listing)
{
    /// <summary>The size of the drawing area: the multiple of the input's size that comes near to it.</summary>
    private const int Side = 336;

    private const int Listed = 50;

    public Task AnswerAsync(HttpContext context)
    {
        var query = Query.Of(context.Request);
        DrawableRun[] runs = [.. listing.Rows.Take(4 * Listed).Select(r => DrawableRun.Of(r.Name, r.Folder)).OfType<DrawableRun>().Take(Listed)];
        DrawableRun? run = query["run"] is { } id ? DrawAnswer.Find(folder, id) : runs is [var first, ..] ? first : null;
        if (run is null)
        {
            return PageFrame.AnswerAsync(context, "Draw", Html.Of($"<h1>Draw</h1><p class=\"card\">No run here has a model of images. Train one: <code>regimen train</code></p>"));
        }

        bool isCentred = query["centre"] is { } centre ? centre == "1" : run.IsCentred;
        int scale = Math.Max(1, Side / Math.Max(run.Height, run.Width));
        bool hasDigits = run.Classes.Count >= 10 && Enumerable.Range(0, 10).All(d => run.Classes.Contains($"{d}"));
        Html main = Html.Of($"""
            <h1>Draw <small>{run.Name}</small></h1>
            <form class="bar" action="/draw" method="get" id="model"><label>Model <select name="run">{runs.Where(r => r.Folder != run.Folder).Prepend(run).Select(r => Html.Of($"<option value=\"{r.Name}\"{Html.If(r.Folder == run.Folder, $" selected")}>{r.Name}</option>"))}</select></label><noscript><button>Open</button></noscript>
            <a href="{Query.From(("run", run.Name)).At("/run")}">its run</a></form>
            <div class="drawing" id="drawing" data-run="{run.Name}" data-channels="{run.Channels}" data-height="{run.Height}" data-width="{run.Width}" data-scale="{scale}">
            <section class="card"><canvas id="canvas" width="{run.Width * scale}" height="{run.Height * scale}" tabindex="0" role="img" aria-label="Drawing area. Draw with a pointer; or move the pen with the arrow keys and put it down or lift it with Space.">A browser with scripts is needed.</canvas>
            <div class="bar tools"><button type="button" id="clear">Clear</button>
            <label>Pen <input type="range" id="pen" min="0.5" max="4" step="0.25" value="{(run.Width <= 32 ? 2 : 3)}"></label>
            {Html.If(run.Channels == 3, $"<label>Colour <input type=\"color\" id=\"colour\" value=\"#ffffff\"></label><label>Background <input type=\"color\" id=\"ground\" value=\"#000000\"></label>")}
            {Html.If(run.Channels == 1, $"<label><input type=\"checkbox\" id=\"centre\"{Html.If(isCentred, $" checked")}> centre as MNIST does</label><label><input type=\"checkbox\" id=\"inverted\"{Html.If(query.Flag("inverted"), $" checked")}> dark on light</label>")}
            <label class="button">Open an image<input type="file" id="file" accept="image/*" class="sr"></label></div>
            {Html.If(hasDigits, $"<div class=\"bar\" role=\"group\" aria-label=\"Sample digits\"><span class=\"note\">Samples</span>{Enumerable.Range(0, 10).Select(d => Html.Of($"<button type=\"button\" class=\"sample\" data-digit=\"{d}\">{d}</button>"))}</div>")}
            </section>
            <section class="card"><h2 id="answer-title">Prediction</h2><p id="answer" aria-live="polite" class="answer">Draw something.</p><ol id="bars" class="bars" aria-labelledby="answer-title"></ol>
            <figure class="seen"><canvas id="seen" width="{run.Width}" height="{run.Height}" role="img" aria-label="The picture as the model receives it"></canvas><figcaption>As the model receives it: {run.Width} × {run.Height}</figcaption></figure></section>
            </div>
            """);
        return PageFrame.AnswerAsync(context, "Draw", main, "draw.js");
    }
}
