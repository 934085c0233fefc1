using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Regimen.Files;
using Regimen.Runs;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Changes the tags and the note of a run, the only thing that a dashboard writes: <c>POST /api/labels?run=RUN</c> with
/// <c>{"tags": [...], "note": "..."}</c>.</summary>
internal sealed class LabelsAnswer(RunsFolder folder, RunListing listing, RequestBody body)
{
    public async Task AnswerAsync(HttpContext context)
    {
        string run = folder.Run(Query.Of(context.Request)["run"]);
        RunLabels labels = await body.UseAsync(context, bytes => Task.FromResult(Parse(bytes)));
        labels.Write(run);
        listing.Forget();
        await Answer.JsonAsync(context, new JsonObject { ["tags"] = new JsonArray([.. labels.Tags.Select(t => JsonValue.Create(t))]), ["note"] = labels.Note });
    }

    private static RunLabels Parse(byte[] bytes)
    {
        try
        {
            return StrictJson.Parse(bytes) is JsonObject json
                ? new RunLabels { Tags = [.. (json["tags"] as JsonArray ?? []).Select(t => t!.GetValue<string>()).Distinct()], Note = json["note"]?.GetValue<string>() ?? string.Empty }
                : throw new JsonException("not an object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new RequestException(new Problem("The request is not valid") { Expected = """{"tags": ["…"], "note": "…"}""", Received = exception.Message.Split('\n')[0] }, exception);
        }
    }
}
