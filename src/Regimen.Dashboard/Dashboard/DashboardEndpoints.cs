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
        app.UseRouting();
        Read("/", new RunsPage(folder).AnswerAsync);
        Read("/curves", new CurvesPage(folder, store, options).AnswerAsync);
        Read("/api/curves", new CurveAnswer(folder, store, new SeedGroups(f => f), options).AnswerAsync);
        Read("/draw", new DrawPage(folder, () => [.. Runs.RunFolder.All(folder.FullPath).Reverse().Select(r => r.FullPath)]).AnswerAsync);
        app.MapPost("/api/draw", new DrawAnswer(folder, body, models).AnswerAsync);
        Read("/assets/{**name}", Asset.AnswerAsync);
        app.MapFallback(context => throw new StatusException(StatusCodes.Status404NotFound, new Problem("There is no such page") { Received = context.Request.Path.Value }));

        void Read(string path, RequestDelegate answer) => app.MapMethods(path, ["GET", "HEAD"], answer);
    }
}
