using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>The addresses of a server.</summary>
internal static class Endpoints
{
    /// <summary>Maps all addresses.</summary>
    public static void Map(WebApplication app, ServedModels models, RequestBody body)
    {
        var protocol = new ProtocolEndpoints(models, body);
        var people = new PeopleEndpoints(models, body);

        // The Open Inference Protocol, version 2.
        app.MapGet("/v2", ProtocolEndpoints.Server);
        app.MapGet("/v2/health/live", ProtocolEndpoints.Live);
        app.MapGet("/v2/health/ready", protocol.Ready);
        foreach (string model in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            app.MapGet(model, protocol.Model);
            app.MapGet($"{model}/ready", protocol.ModelReady);
            app.MapPost($"{model}/infer", protocol.Infer);
        }

        // For people.
        app.MapPost("/predict", people.Predict);
        app.MapPost("/predict/{model}", people.Predict);
        app.MapGet("/", people.Page);
        app.MapPost("/", people.Try);
        app.MapGet("/openapi.json", (HttpContext context) => Answer.JsonAsync(context, OpenApi.Document(models)));
        app.MapGet("/metrics", (HttpContext context) => Answer.TextAsync(context, models.Metrics.Write(models.All), "text/plain; version=0.0.4; charset=utf-8"));
        app.MapFallback((HttpContext context) => Answer.ProblemAsync(context, new StatusException(StatusCodes.Status404NotFound, new Problem("There is no such address") { Received = $"{context.Request.Method} {context.Request.Path}", Hint = "/openapi.json lists all addresses." })));
    }
}
