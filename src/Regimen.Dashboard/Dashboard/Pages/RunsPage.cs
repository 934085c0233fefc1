using Microsoft.AspNetCore.Http;
using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>The table of runs: search, filter, sort, columns, groups by seed; the chosen runs lead to their curves and differences.</summary>
internal sealed class RunsPage(RunsFolder folder, RunListing listing)
{
    /// <summary>The number of rows among which differing config keys are looked for.</summary>
    private const int Compared = 500;

    public Task AnswerAsync(HttpContext context)
    {
        var view = TableView.Of(Query.Of(context.Request), listing.Rows);
        Html main = Html.Of($"""
            <h1>Runs <small>{folder.FullPath}</small></h1>
            {Html.If(view.All.Count == 0, $"<p class=\"card\">There is no run here yet. Train one: <code>regimen train</code></p>")}
            {Html.If(view.All.Count > 0, $"{Form(view)}{Sweeps(view.All)}{view.Problems.Select(Problem)}{Table(view)}")}
            """);
        return PageFrame.AnswerAsync(context, "Runs", main, "runs.js");
    }

    /// <summary>Answers with the table alone, for a page that is open.</summary>
    public Task PartAsync(HttpContext context)
        => Tagged.AnswerAsync(context, RunsTable.Of(TableView.Of(Query.Of(context.Request), listing.Rows)).ToString(), PageFrame.Type);

    private static Html Form(TableView view) => Html.Of($"""
        <form id="filter" class="bar" action="/" method="get" role="search">
        <label class="grow"><span class="sr">Search</span><input type="search" name="q" value="{view.Query[TableView.Search]}" placeholder="Search names, tags, notes"></label>
        <label class="grow"><span class="sr">Filter</span><input type="text" name="filter" value="{view.Query[TableView.Filter]}" placeholder="optimizer.lr&lt;0.01 status=finished" autocomplete="off" spellcheck="false"></label>
        <label><input type="checkbox" name="group" value="seed"{Html.If(view.BySeed, $" checked")}> group seeds</label>
        {Columns(view)}
        {view.Query.Only(TableView.Sort, TableView.Descending).Hidden()}
        <button>Apply</button>
        </form>
        """);

    private static Html Columns(TableView view)
    {
        string[] chosen = [.. view.Columns.Select(c => c.Name)];
        RunRow[] some = [.. view.Matching.Take(Compared)];
        string[] known = [.. RunKey.Known(view.All)];
        string[] values = [.. known.Skip(RunKey.FieldNames.Count).Where(k => view.All.Any(r => r.Values.ContainsKey(k)))];
        string[] config = [.. known.Skip(RunKey.FieldNames.Count).Except(values)];
        ILookup<bool, string> byDifference = config.ToLookup(k => some.Select(r => r.Config[k]).Distinct().Skip(1).Any());
        return Html.Of($"""
            <details class="choice"><summary>Columns</summary><fieldset><legend class="sr">Columns</legend>
            {Boxes("Run", RunKey.FieldNames.Where(k => k is not "name"))}{Boxes("Results", values)}{Boxes("Config, different between these runs", byDifference[true])}{Boxes("Config, the same in all", byDifference[false])}
            </fieldset></details>
            """);

        Html Boxes(string title, IEnumerable<string> keys) => Html.If(keys.Any(), $"<strong>{title}</strong>{keys.Select(k => Html.Of($"<label><input type=\"checkbox\" name=\"col\" value=\"{k}\"{Html.If(chosen.Contains(k), $" checked")}> {k}</label>"))}");
    }

    private static Html Sweeps(IReadOnlyList<RunRow> rows)
    {
        string[] sweeps = [.. rows.Select(r => r.Sweep).OfType<string>().Distinct()];
        return Html.If(sweeps.Length > 0, $"<nav class=\"bar\" aria-label=\"Sweeps\"><span class=\"note\">Sweeps</span>{sweeps.Take(20).Select(s => Html.Of($"<a class=\"button\" href=\"{Query.From(("sweep", s)).At("/sweep")}\">{s}</a>"))}</nav>");
    }

    private static Html Problem(Problem problem) => Html.Of($"<p class=\"card wrong\" role=\"alert\"><strong>{problem.Where}</strong> {problem.Message}. {Html.If(problem.Expected is not null, $"Expected {problem.Expected}. ")}{problem.Hint}</p>");

    private static Html Table(TableView view) => Html.Of($"""
        <form id="chosen" action="/curves" method="get">
        <div class="bar"><button class="main" formaction="/curves">Curves</button><button formaction="/compare">Differences</button><span id="count" class="note">Choose runs in the table.</span></div>
        <div data-live="/runs/table">{RunsTable.Of(view)}</div>
        </form>
        """);
}
