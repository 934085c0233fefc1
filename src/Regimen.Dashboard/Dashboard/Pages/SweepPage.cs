using Microsoft.AspNetCore.Http;
using Regimen.Reports;
using Regimen.SweepFiles;

namespace Regimen.Dashboard;

/// <summary>A sweep: its ranking, charts, importance and plan, as in its report, with links to its trials.</summary>
internal sealed class SweepPage(RunsFolder folder)
{
    /// <summary>The number of trials whose curves one link shows.</summary>
    private const int Best = 10;

    public Task AnswerAsync(HttpContext context)
    {
        string sweep = Find(context, out string name);
        Html main = Html.Of($"""
            <p class="bar"><a class="button main" href="{Curves(sweep, name)}">Curves of its best trials</a><a class="button" href="{Query.From((TableView.Filter, $"sweep={name}"), (TableView.Sort, "best")).At("/")}">Its trials in the table</a><a class="button" href="{Query.From(("sweep", name)).At("/sweep/report")}">Report as one file</a></p>
            <div data-live="/sweep/part">{Part(sweep, name)}</div>
            """);
        return PageFrame.AnswerAsync(context, name, main, "live.js");
    }

    /// <summary>Answers with the report's part alone, for a page that is open.</summary>
    public Task PartAsync(HttpContext context)
    {
        string sweep = Find(context, out string name);
        var record = new FileInfo(Path.Combine(sweep, SweepRecord.NameIn(sweep)));
        return Tagged.AnswerAsync(context, FormattableString.Invariant($"{record.Length}-{record.LastWriteTimeUtc.Ticks}"), PageFrame.Type, () => System.Text.Encoding.UTF8.GetBytes(Part(sweep, name).ToString()));
    }

    /// <summary>Answers with the sweep's report, a page that loads nothing.</summary>
    public Task ReportAsync(HttpContext context) => ReportAnswer.Send(context, SweepReport.Html(Find(context, out _)));

    private string Find(HttpContext context, out string name)
    {
        name = Query.Of(context.Request)["sweep"] ?? string.Empty;
        return folder.Sweep(name);
    }

    // The report encodes what comes from the sweep.
    private static Html Part(string sweep, string name) => Html.Markup(SweepReport.Body(sweep, trial => Query.From(("run", $"{name}/{trial.Number}")).At("/run")));

    /// <summary>The address of the curves of the best points' trials.</summary>
    private static string Curves(string sweep, string name)
    {
        var record = SweepRecord.Read(Path.Combine(sweep, SweepRecord.NameIn(sweep)));
        (string, string)[] runs = [.. RankedPoint.Of(record).SelectMany(p => p.Trials).Where(t => Directory.Exists(SweepRecord.TrialFolder(sweep, t.Number))).Take(Best).Select(t => (CurveView.Runs, $"{name}/{t.Number}"))];
        return Query.From([.. runs, .. record.Plan.Seeds.Count > 1 ? [(CurveView.Group, "seed")] : ((string, string)[])[]]).At("/curves");
    }
}
