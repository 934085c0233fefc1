using Microsoft.AspNetCore.Http;
using Regimen.Listing;
using Regimen.Reports;

namespace Regimen.Dashboard;

/// <summary>One run: what it is and how it ended, tags and note, curves, config.</summary>
internal sealed class RunPage(RunsFolder folder, CurveStore store)
{
    public Task AnswerAsync(HttpContext context)
    {
        var query = Query.Of(context.Request);
        RunRow row = Find(query);
        var view = CurveView.Of(query);
        IReadOnlyList<string> names = store.Of(row.Folder).Names;
        IReadOnlyList<string> shown = view.Metrics.Count > 0 ? view.Metrics : Usual(row, names);
        bool isImage = DrawableRun.Of(row.Name, row.Folder) is not null;
        Html main = Html.Of($"""
            <h1>{row.Name}</h1>
            <p class="bar">{Html.If(row.Sweep is not null, $"<a class=\"button\" href=\"{Query.From(("sweep", row.Sweep ?? string.Empty)).At("/sweep")}\">Its sweep</a>")}<a class="button" href="{Query.From(("run", row.Name)).At("/curves")}">Its curves</a>{Html.If(isImage, $"<a class=\"button\" href=\"{Query.From(("run", row.Name)).At("/draw")}\">Draw for it</a>")}{Html.If(row.Damage is null, $"<a class=\"button\" href=\"{Query.From(("run", row.Name)).At("/run/report")}\">Report as one file</a>")}</p>
            <div class="two"><div data-live="/run/facts">{Facts(row)}</div>{Labels(row)}</div>
            <h2>Curves</h2>
            {CurvesPage.Controls("/run", query, view, names, shown)}
            {CurvesPage.Charts(shown, row.Name)}
            {Details(row)}
            """);
        return PageFrame.AnswerAsync(context, row.Name, main, "uplot/uPlot.iife.min.js", "curves.js", "labels.js");
    }

    /// <summary>Answers with the facts alone, for a page that is open.</summary>
    public Task PartAsync(HttpContext context) => Tagged.AnswerAsync(context, Facts(Find(Query.Of(context.Request))).ToString(), PageFrame.Type);

    /// <summary>Answers with the run's report, a page that loads nothing.</summary>
    public Task ReportAsync(HttpContext context) => ReportAnswer.Send(context, RunReport.Html(Find(Query.Of(context.Request)).Folder));

    /// <summary>What the run's report has beside its head and its curves.</summary>
    private static Html Details(RunRow row)
    {
        try
        {
            // The report encodes what comes from the run.
            return row.Damage is null ? Html.Markup(RunReport.Details(row.Folder)) : Html.Empty;
        }
        catch (RequestException exception)
        {
            return Html.Of($"{exception.Problems.Select(p => Html.Of($"<p class=\"card wrong\">{p.ToString()}</p>"))}");
        }
    }

    private RunRow Find(Query query)
    {
        string folderOf = folder.Run(query["run"]);
        return RunList.ReadOne(folderOf);
    }

    private static IReadOnlyList<string> Usual(RunRow row, IReadOnlyList<string> names)
        => [.. new[] { "train.loss", "val.loss", row.MainMetric is { } main ? $"val.{main}" : string.Empty, "lr" }.Where(names.Contains)];

    private static Html Facts(RunRow row) => Html.Of($"""
        <section class="card facts-card"><dl class="facts">
        <dt>status</dt><dd>{CellText.Status(row)}</dd>
        {Fact("reason", row.Reason)}{Fact("error", row.Error)}{Fact("damage", row.Damage)}
        {Fact("model", row.Model)}{Fact("data", row.Data)}{Fact("seed", row.Seed?.ToString(System.Globalization.CultureInfo.InvariantCulture))}
        {Fact("epochs", row.Plan is { } plan && !row.IsComplete ? $"{row.Epochs} of {plan.Epochs}" : $"{row.Epochs}")}{Fact("steps", $"{row.Steps}")}
        {Fact("best", row.Best is { } best ? $"{row.Monitor} {CellText.Number(best)}{(row.BestEpoch is { } epoch ? $" in epoch {epoch}" : string.Empty)}" : null)}
        {Fact("time", row.Seconds is { } seconds ? CellText.Duration(seconds) : null)}{Fact("started", row.Started is { } started ? $"{started:yyyy-MM-dd HH:mm:ss} UTC" : null)}
        {Fact("parameters", row.Parameters?.ToString("N0", System.Globalization.CultureInfo.InvariantCulture))}{Fact("device", row.Device)}{Fact("imported from", row.Imported)}
        </dl>{Results(row)}{row.Problems.Select(p => Html.Of($"<p class=\"note\">{p}</p>"))}</section>
        """);

    /// <summary>The final values: a row for each metric, a column for each split.</summary>
    private static Html Results(RunRow row)
    {
        string[] splits = [.. row.Values.Keys.Select(k => k.Split('.', 2)[0]).Distinct()];
        string[] metrics = [.. row.Values.Keys.Select(k => k.Split('.', 2)[^1]).Distinct()];
        return Html.If(metrics.Length > 0, $"""
            <table class="results"><thead><tr><th scope="col">result</th>{splits.Select(s => Html.Of($"<th scope=\"col\" class=\"number\">{s}</th>"))}</tr></thead>
            <tbody>{metrics.Select(m => Html.Of($"<tr><th scope=\"row\">{m}</th>{splits.Select(s => Html.Of($"<td class=\"number\">{Value(row, $"{s}.{m}")}</td>"))}</tr>"))}</tbody></table>
            """);
    }

    private static string Value(RunRow row, string key) => !row.Values.ContainsKey(key) ? string.Empty : row.Value(key) is { } value ? CellText.Number(value) : "not finite";

    private static Html Labels(RunRow row) => Html.Of($"""
        <section class="card"><form id="labels" data-run="{row.Name}"><label class="field">Tags <input type="text" name="tags" value="{string.Join(' ', row.Tags)}" placeholder="separated by spaces" autocomplete="off"></label>
        <label class="field">Note <textarea name="note" rows="4" maxlength="{Runs.RunLabels.LongestNote}">{row.Note}</textarea></label>
        <button>Save</button></form></section>
        """);

    private static Html Fact(string name, string? value) => Html.If(value is not null, $"<dt>{name}</dt><dd>{value}</dd>");
}
