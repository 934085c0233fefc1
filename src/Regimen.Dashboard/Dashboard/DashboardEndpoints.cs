using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>The addresses of a dashboard.</summary>
internal static class DashboardEndpoints
{
    /// <summary>Maps all addresses.</summary>
    public static void Map(WebApplication app, DashboardOptions options, OpenModels models)
    {
        var folder = new RunsFolder(options.Runs);
        var store = new CurveStore(options.KeptValues);
        var body = new RequestBody(new BodyLimits(options.MaxBodyMb, 16 * options.MaxBodyMb, options.Seconds));
        var listing = new RunListing(folder, TimeProvider.System);
        var groups = new SeedGroups(listing);
        var runs = new RunsPage(folder, listing);
        var run = new RunPage(folder, store);
        var sweep = new SweepPage(folder);
        app.UseRouting();
        Read("/", runs.AnswerAsync);
        Read("/runs/table", runs.PartAsync);
        Read("/run", run.AnswerAsync);
        Read("/run/facts", run.PartAsync);
        Read("/run/report", run.ReportAsync);
        Read("/sweep", sweep.AnswerAsync);
        Read("/sweep/part", sweep.PartAsync);
        Read("/sweep/report", sweep.ReportAsync);
        Read("/compare", new ComparePage(listing, options).AnswerAsync);
        Read("/curves", new CurvesPage(folder, listing, store, options).AnswerAsync);
        Read("/draw", new DrawPage(folder, listing).AnswerAsync);
        Read("/api/curves", new CurveAnswer(folder, store, groups, options).AnswerAsync);
        app.MapPost("/api/labels", new LabelsAnswer(folder, listing, body).AnswerAsync);
        app.MapPost("/api/draw", new DrawAnswer(folder, body, models).AnswerAsync);
        Read("/assets/{**name}", Asset.AnswerAsync);
        app.MapFallback(context => throw new StatusException(StatusCodes.Status404NotFound, new Problem("There is no such page") { Received = context.Request.Path.Value }));

        void Read(string path, RequestDelegate answer) => app.MapMethods(path, ["GET", "HEAD"], answer);
    }
}
