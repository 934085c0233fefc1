using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>The addresses of a dashboard.</summary>
internal static class DashboardEndpoints
{
    /// <summary>Maps all addresses.</summary>
    public static void Map(WebApplication app, DashboardOptions options)
    {
        var folder = new RunsFolder(options.Runs);
        var store = new CurveStore(options.KeptValues);
        app.UseRouting();
        Read("/", new RunsPage(folder).AnswerAsync);
        Read("/curves", new CurvesPage(folder, store, options).AnswerAsync);
        Read("/api/curves", new CurveAnswer(folder, store, new SeedGroups(f => f), options).AnswerAsync);
        Read("/assets/{**name}", Asset.AnswerAsync);
        app.MapFallback(context => throw new StatusException(StatusCodes.Status404NotFound, new Problem("There is no such page") { Received = context.Request.Path.Value }));

        void Read(string path, RequestDelegate answer) => app.MapMethods(path, ["GET", "HEAD"], answer);
    }
}
