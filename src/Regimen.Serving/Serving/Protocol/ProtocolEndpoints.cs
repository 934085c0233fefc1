using System.Text.Json.Nodes;
using System.Text.Json;
using System.Text;
using Microsoft.AspNetCore.Http;
using Regimen.Text;
using Regimen.Web;

namespace Regimen.Serving;

/// <summary>The Open Inference Protocol, version 2, over REST, with the binary tensor extension.</summary>
internal sealed class ProtocolEndpoints(ServedModels models, RequestBody body)
{
    private const string Version = "1";

    public static Task Server(HttpContext context) => Answer.JsonAsync(context, new JsonObject
    {
        ["name"] = "regimen",
        ["version"] = typeof(ProtocolEndpoints).Assembly.GetName().Version!.ToString(3),
        ["extensions"] = new JsonArray("binary_tensor_data"),
    });

    public static Task Live(HttpContext context) => Answer.JsonAsync(context, new JsonObject { ["live"] = true });

    public Task Ready(HttpContext context) => Answer.JsonAsync(
        context, new JsonObject { ["ready"] = models.IsReady }, models.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    public Task Model(HttpContext context) => Guard(context, () =>
    {
        ServedModel model = Find(context);
        return Answer.JsonAsync(context, new JsonObject
        {
            ["name"] = model.Name,
            ["versions"] = new JsonArray(Version),
            ["platform"] = "regimen_torchsharp",
            ["inputs"] = Tensors(InferSamples.Inputs(model.Predictor)),
            ["outputs"] = Tensors(InferResponse.Outputs(model.Predictor)),
        });
    });

    public Task ModelReady(HttpContext context) => Guard(context, () =>
    {
        ServedModel model = Find(context);
        return Answer.JsonAsync(
            context, new JsonObject { ["name"] = model.Name, ["ready"] = models.IsReady }, models.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    });

    public Task Infer(HttpContext context) => Guard(context, async () =>
    {
        ServedModel model = Find(context);
        await body.UseAsync(context, async bytes =>
        {
            InferRequest request = InferRequest.Read(context.Request.Headers, bytes);
            IReadOnlyList<OutputTensor> outputs = model.Predictor.Tokenizer is not null
                ? await ContinueAsync(model, request, context.RequestAborted)
                : InferResponse.Tensors(await model.PredictAsync(() => InferSamples.Of(model.Predictor, request.Inputs), context.RequestAborted));
            (byte[] content, int? jsonLength) = InferResponse.Write(model.Name, request, outputs);
            if (jsonLength is { } length)
            {
                context.Response.Headers[InferRequest.LengthHeader] = $"{length}";
            }

            await Answer.BytesAsync(context, content, jsonLength is null ? "application/json" : "application/octet-stream");
            return 0;
        });
    });

    private static async Task<IReadOnlyList<OutputTensor>> ContinueAsync(ServedModel model, InferRequest request, CancellationToken aborted)
    {
        var options = new GenerationOptions();
        if (request.Parameters is { } parameters)
        {
            options = TextOptions.Of(parameters, options);
        }

        var texts = new List<string>();
        foreach (byte[] prompt in InferSamples.Only(request.Inputs).Bytes(isBase64: false))
        {
            texts.Add(await model.ContinueAsync(Encoding.UTF8.GetString(prompt), options, aborted));
        }

        return [OutputTensor.Of("text", [.. texts])];
    }

    private static JsonArray Tensors(IEnumerable<(string Name, string Datatype, long[] Shape)> tensors) => new([.. tensors.Select(t => new JsonObject
    {
        ["name"] = t.Name,
        ["datatype"] = t.Datatype,
        ["shape"] = new JsonArray([.. t.Shape.Select(d => JsonValue.Create(d))]),
    })]);

    private ServedModel Find(HttpContext context)
    {
        ServedModel model = models.Find((string)context.Request.RouteValues["model"]!);
        return context.Request.RouteValues.TryGetValue("version", out object? version) && version is not Version
            ? throw new StatusException(StatusCodes.Status404NotFound, new Problem($"There is no version '{version}' of the model '{model.Name}'") { Expected = Version })
            : model;
    }

    private Task Guard(HttpContext context, Func<Task> work)
    {
        string model = models.All.FirstOrDefault(m => m.Name == (string?)context.Request.RouteValues["model"])?.Name ?? string.Empty;
        return Answer.GuardAsync(context, work, ErrorAsync, (status, time) => models.Metrics.Answered(model, status, time));
    }

    /// <summary>Writes an error as the Open Inference Protocol wants it.</summary>
    private static Task ErrorAsync(HttpContext context, StatusException failure)
        => Answer.JsonAsync(context, new JsonObject { ["error"] = string.Join("; ", failure.Problems.Select(p => p.ToString().Replace('\n', ' '))) }, failure.Status);
}

/// <summary>The options of a text's continuation in JSON.</summary>
internal static class TextOptions
{
    /// <summary>Returns options with those of an object: <c>tokens</c>, <c>temperature</c>, <c>top_k</c>, <c>seed</c>.</summary>
    public static GenerationOptions Of(JsonElement json, GenerationOptions options) => options with
    {
        Tokens = json.TryGetProperty("tokens", out JsonElement tokens) ? Read(tokens, "tokens", t => t.TryGetInt32(out int n) ? n : (int?)null) : options.Tokens,
        Temperature = json.TryGetProperty("temperature", out JsonElement temperature) ? Read(temperature, "temperature", t => t.TryGetDouble(out double n) ? n : (double?)null) : options.Temperature,
        TopK = json.TryGetProperty("top_k", out JsonElement top) ? Read(top, "top_k", t => t.TryGetInt32(out int n) ? n : (int?)null) : options.TopK,
        Seed = json.TryGetProperty("seed", out JsonElement seed) ? Read(seed, "seed", t => t.TryGetUInt64(out ulong n) ? n : (ulong?)null) : options.Seed,
    };

    private static T Read<T>(JsonElement json, string key, Func<JsonElement, T?> read)
        where T : struct
        => json.ValueKind == JsonValueKind.Number && read(json) is { } value ? value : throw InferJson.Wrong(key, "The value is not a number of its kind", "a number", json.ToString());
}
