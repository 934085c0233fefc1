using Microsoft.AspNetCore.Http;
using Regimen.Curves;

namespace Regimen.Dashboard;

/// <summary>The curves of several runs, overlaid.</summary>
internal sealed class CurvesPage(RunsFolder folder, RunListing listing, CurveStore store, DashboardOptions options)
{
    /// <summary>The number of colours; as many further lines are dashed.</summary>
    public const int Colours = 10;

    /// <summary>Series that are shown where the address names none: the first of these that a run has.</summary>
    private static readonly string[] Preferred = ["val.loss", "train.loss", CurveReader.StepLoss];

    public Task AnswerAsync(HttpContext context)
    {
        var query = Query.Of(context.Request);
        var view = CurveView.Of(query);
        string[] shownRuns = [.. view.RunIds.Take(options.MostCurves)];
        string[] folders = [.. shownRuns.Select(folder.Run)];
        if (folders.Length == 0)
        {
            return PageFrame.AnswerAsync(context, "Curves", Html.Of($"<h1>Curves</h1><p class=\"card\">No run is chosen. Choose some in the <a href=\"/\">table of runs</a>, then <em>Curves</em>.</p>"));
        }

        string[] names = [.. folders.AsParallel().AsOrdered().SelectMany(f => store.Of(f).Names).Distinct()];
        IReadOnlyList<string> shown = Shown(view, names);
        Html main = Html.Of($"""
            <h1>Curves <small>{folders.Length} {(folders.Length == 1 ? "run" : "runs")}</small></h1>
            {Html.If(view.RunIds.Count > folders.Length, $"<p class=\"note\">The first {folders.Length} of {view.RunIds.Count} runs are shown.</p>")}
            {Controls("/curves", query, view, names, shown)}
            <div class="curves">
            {Charts(shown)}
            {Legend(query, [.. shownRuns.Zip(listing.ShortNames(shownRuns))])}
            </div>
            """);
        return PageFrame.AnswerAsync(context, "Curves", main, "uplot/uPlot.iife.min.js", "curves.js");
    }

    /// <summary>Returns the series to show: those of the address, or a preferred one.</summary>
    public static IReadOnlyList<string> Shown(CurveView view, IReadOnlyList<string> names)
        => view.Metrics.Count > 0 ? view.Metrics : [.. Preferred.Where(names.Contains).DefaultIfEmpty(names is [var first, ..] ? first : CurveReader.StepLoss).Take(1)];

    /// <summary>The form whose fields are the state of the page.</summary>
    public static Html Controls(string path, Query query, CurveView view, IReadOnlyList<string> names, IReadOnlyList<string> shown) => Html.Of($"""
        <form id="view" class="bar" action="{path}" method="get">
        {query.Hidden(CurveView.Metric, CurveView.X, CurveView.Smooth, CurveView.LogX, CurveView.LogY, CurveView.Group, CurveView.From, CurveView.To)}
        <details class="choice"><summary>Series</summary><fieldset><legend class="sr">Series</legend>{names.Select(n => Html.Of($"<label><input type=\"checkbox\" name=\"metric\" value=\"{n}\"{Html.If(shown.Contains(n), $" checked")}> {n}</label>"))}</fieldset></details>
        <label>Axis <select name="x">{Option("step", "step", view.Axis == CurveAxis.Step)}{Option("epoch", "epoch", view.Axis == CurveAxis.Epoch)}{Option("time", "time", view.Axis == CurveAxis.Seconds)}</select></label>
        <label>Smoothing <input type="range" name="smooth" min="0" max="0.99" step="0.01" value="{view.Smoothing}"> <output>{view.Smoothing:0.00}</output></label>
        <label><input type="checkbox" name="logx" value="1"{Html.If(query.Flag(CurveView.LogX), $" checked")}> log x</label>
        <label><input type="checkbox" name="logy" value="1"{Html.If(query.Flag(CurveView.LogY), $" checked")}> log y</label>
        {Html.If(view.RunIds.Count > 1, $"<label><input type=\"checkbox\" name=\"group\" value=\"seed\"{Html.If(view.BySeed, $" checked")}> mean over seeds</label>")}
        <span class="zoom"><button type="button" data-zoom="in" aria-label="Zoom in">+</button><button type="button" data-zoom="out" aria-label="Zoom out">−</button><button type="button" data-zoom="all">All</button></span>
        <noscript><button>Show</button></noscript>
        </form>
        """);

    /// <summary>A place for each chart; the script draws them.</summary>
    /// <param name="shown">The series.</param>
    /// <param name="run">The run, where the address does not list runs.</param>
    public static Html Charts(IReadOnlyList<string> shown, string? run = null) => Html.Of($"""
        <div id="charts"{Html.If(run is not null, $" class=\"several\" data-run=\"{run}\"")}>{shown.Select(n => Html.Of($"<figure class=\"chart\" data-metric=\"{n}\"><figcaption>{n}</figcaption><div class=\"plot\" tabindex=\"0\" role=\"img\" aria-label=\"Curves of {n}. The keys plus, minus and the arrows change the visible part.\"></div></figure>"))}<noscript><p class="note">The curves are drawn by a script.</p></noscript></div>
        """);

    private static Html Legend(Query query, IReadOnlyList<(string Name, string Short)> runs) => Html.Of($"""
        <div class="legend card" tabindex="0" role="region" aria-label="Runs of the curves"><ul>
        {runs.Index().Select(r => Html.Of($"<li data-run=\"{r.Item.Name}\" data-index=\"{r.Index}\"><span class=\"swatch c{r.Index % Colours}{Html.If(runs.Count <= 2 * Colours && r.Index / Colours == 1, $" dashed")}\"></span><a href=\"{Query.From(("run", r.Item.Name)).At("/run")}\" title=\"{r.Item.Name}\">{r.Item.Short}</a><output class=\"value\"></output>{Html.If(runs.Count > 1, $"<a class=\"remove\" href=\"{query.Without(CurveView.Runs, r.Item.Name).At("/curves")}\" aria-label=\"Remove {r.Item.Name}\">×</a>")}</li>"))}
        </ul></div>
        """);

    private static Html Option(string value, string text, bool isSelected) => Html.Of($"<option value=\"{value}\"{Html.If(isSelected, $" selected")}>{text}</option>");
}
