using Microsoft.AspNetCore.Http;
using Regimen.Listing;

namespace Regimen.Dashboard;

/// <summary>The differences of some runs: first the keys of their configs, then their results, then what is the same.</summary>
internal sealed class ComparePage(RunListing listing, DashboardOptions options)
{
    public Task AnswerAsync(HttpContext context)
    {
        string[] ids = [.. Query.Of(context.Request).All(CurveView.Runs).Distinct()];
        if (ids.Length == 0)
        {
            return PageFrame.AnswerAsync(context, "Differences", Html.Of($"<h1>Differences</h1><p class=\"card\">No run is chosen. Choose some in the <a href=\"/\">table of runs</a>, then <em>Differences</em>.</p>"));
        }

        IReadOnlyList<RunRow> rows = listing.Of([.. ids.Take(options.MostCurves)]);
        string[] keys = [.. rows.SelectMany(r => r.Config.Keys).Distinct()];
        ILookup<bool, string> byDifference = keys.ToLookup(k => rows.Select(r => r.Config[k]).Distinct().Skip(1).Any());
        string[] values = [.. rows.SelectMany(r => r.Values.Keys).Distinct()];
        Html main = Html.Of($"""
            <h1>Differences <small>{rows.Count} runs</small></h1>
            <p class="bar"><a class="button" href="{Query.From(ids.Select(i => ("run", i))).At("/curves")}">Their curves</a></p>
            <h2>Config</h2>{(byDifference[true].Any() ? Table("Config keys that differ", rows, byDifference[true], (row, key) => Config(row, key)) : Html.Of($"<p class=\"card\">The configs are the same.</p>"))}
            {Html.If(values.Length > 0, $"<h2>Results</h2>{Table("Results", rows, values, Result)}")}
            <details><summary>The {byDifference[false].Count()} config keys that are the same in all</summary>{Table("Config keys that are the same", [rows[0]], byDifference[false], (row, key) => Config(row, key))}</details>
            """);
        return PageFrame.AnswerAsync(context, "Differences", main);

        Html Result(RunRow row, string key)
        {
            double?[] all = [.. rows.Select(r => r.Value(key))];
            bool isLower = MetricDirection.IsLowerBetter(key, row.MetricModes);
            double? best = isLower ? all.Min() : all.Max();
            return row.Value(key) is not { } value ? Html.Empty : Html.Of($"<span class=\"number{Html.If(value == best && rows.Count > 1, $" best")}\">{CellText.Number(value)}</span>");
        }
    }

    private static Html Config(RunRow row, string key) => row.Config[key] is { } json ? Html.Of($"<code>{ConfigKeys.Plain(json)}</code>") : Html.Of($"<span class=\"note\">–</span>");

    private static Html Table(string title, IReadOnlyList<RunRow> rows, IEnumerable<string> keys, Func<RunRow, string, Html> cell) => Html.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>
        <thead><tr><th scope="col">key</th>{rows.Select(r => Html.Of($"<th scope=\"col\"><a href=\"{Query.From(("run", r.Name)).At("/run")}\" title=\"{r.Name}\">{r.ShortName}</a></th>"))}</tr></thead>
        <tbody>{keys.Select(k => Html.Of($"<tr><th scope=\"row\"><code>{k}</code></th>{rows.Select(r => Html.Of($"<td>{cell(r, k)}</td>"))}</tr>"))}</tbody>
        </table></div>
        """);
}
