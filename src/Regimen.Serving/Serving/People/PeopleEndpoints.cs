using System.Text.Json.Nodes;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Regimen.Data;
using Regimen.Files;
using Regimen.Prediction;
using Regimen.Text;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>Predictions for people: an image or JSON in, the JSON of <c>regimen predict</c> out; and a page to try an image.</summary>
internal sealed class PeopleEndpoints(ServedModels models, RequestBody body)
{
    /// <summary>Answers <c>POST /predict[/MODEL][?top=K]</c>.</summary>
    public Task Predict(HttpContext context) => Guard(context, async () =>
    {
        ServedModel model = Model(context);
        int? top = Top(context);
        await body.UseAsync(context, async bytes =>
        {
            string answer = model.Predictor.Tokenizer is not null
                ? await ContinueAsync(model, bytes, context.RequestAborted)
                : await PredictAsync(model, bytes, top, context.RequestAborted);
            await Answer.TextAsync(context, answer, "application/json");
            return 0;
        });
    });

    /// <summary>Answers <c>GET /</c>.</summary>
    public Task Page(HttpContext context) => Answer.TextAsync(context, HtmlPage.Of(models, null, null), HtmlPage.Type);

    /// <summary>Answers the form of the page: an image as <c>multipart/form-data</c>.</summary>
    public Task Try(HttpContext context) => Guard(context, async () =>
    {
        await body.UseAsync(context, async bytes =>
        {
            (string name, byte[] image) = FormFile.Read(context.Request.ContentType, bytes);
            ServedModel model = models.Find(name.Length > 0 ? name : models.All[0].Name);
            PredictionResult result = (await model.PredictAsync(() => Image(model.Predictor, image), context.RequestAborted))[0];
            await Answer.TextAsync(context, HtmlPage.Of(models, model, result), HtmlPage.Type);
            return 0;
        });
    });

    private static async Task<string> PredictAsync(ServedModel model, byte[] bytes, int? top, CancellationToken aborted)
    {
        if (bytes.Length == 0)
        {
            throw new RequestException(new Problem("The request is empty") { Expected = "an image, or JSON" });
        }

        if (InputKinds.Of(bytes.AsSpan(0, Math.Min(bytes.Length, InputKinds.Needed))) != InputKind.JsonLines)
        {
            return PredictionJson.Line(null, (await model.PredictAsync(() => Image(model.Predictor, bytes), aborted))[0], top);
        }

        JsonNode json = Parse(bytes);
        bool isList = IsList(model.Predictor, json, out IReadOnlyList<JsonNode?> samples);
        PredictionResult[] results = await model.PredictAsync(
            () => JsonSample.Of(model.Predictor, samples, i => isList ? $"sample {i}, counted from 0" : "the sample"), aborted);
        string[] lines = [.. results.Select(r => PredictionJson.Line(null, r, top))];
        return isList ? $"[{string.Join(",", lines)}]" : lines[0];
    }

    private static async Task<string> ContinueAsync(ServedModel model, byte[] bytes, CancellationToken aborted)
    {
        using JsonDocument json = InferJson.Parse(bytes);
        string prompt = InferJson.Text(json.RootElement, "prompt", "the request");
        return new JsonObject { ["text"] = await model.ContinueAsync(prompt, TextOptions.Of(json.RootElement, new GenerationOptions()), aborted) }.ToJsonString();
    }

    private static IDataset Image(Predictor predictor, byte[] bytes)
    {
        ImageInput images = predictor.RequireImages();
        byte[] pixels = new byte[images.Shape.Elements];
        images.Decode("the image", bytes, pixels);
        return images.Samples(pixels);
    }

    /// <summary>Whether JSON is a list of samples: of objects for a table, else an object with <c>inputs</c>.</summary>
    private static bool IsList(Predictor predictor, JsonNode json, out IReadOnlyList<JsonNode?> samples)
    {
        JsonArray? list = predictor.Table is not null ? json as JsonArray : json is JsonObject { Count: 1 } wrapped ? wrapped["inputs"] as JsonArray : null;
        samples = list is { Count: > 0 } ? [.. list] : [json];
        return list is { Count: > 0 };
    }

    private static JsonNode Parse(byte[] bytes)
    {
        try
        {
            return StrictJson.Parse(bytes);
        }
        catch (JsonException exception)
        {
            throw new RequestException(new Problem("The request is not valid JSON") { Received = exception.Message.Split('\n')[0] }, exception);
        }
    }

    private ServedModel Model(HttpContext context)
    {
        string? name = (string?)context.Request.RouteValues["model"] ?? context.Request.Query["model"].FirstOrDefault();
        return name is not null ? models.Find(name) : models.All is [var only] ? only : throw new StatusException(StatusCodes.Status400BadRequest, new Problem("The server has several models")
        {
            Expected = $"/predict/MODEL with one of {string.Join(", ", models.All.Select(m => m.Name))}",
        });
    }

    private static int? Top(HttpContext context) => context.Request.Query["top"].FirstOrDefault() switch
    {
        null => null,
        var text when int.TryParse(text, out int top) && top >= 1 => top,
        var text => throw InferJson.Wrong("top", "The number of classes is out of range", "at least 1", text),
    };

    private Task Guard(HttpContext context, Func<Task> work)
    {
        string? name = (string?)context.Request.RouteValues["model"];
        string model = models.All.Any(m => m.Name == name) ? name! : models.All is [var only] ? only.Name : string.Empty;
        return Answer.GuardAsync(context, work, Answer.ProblemAsync, (status, time) => models.Metrics.Answered(model, status, time));
    }
}
