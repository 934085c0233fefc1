using System.Text.Json.Nodes;

namespace Regimen.Serving;

/// <summary>The description of a server's addresses (OpenAPI 3.1).</summary>
internal static class OpenApi
{
    private const string Json = "application/json";

    /// <summary>All addresses with their summaries.</summary>
    public static IReadOnlyList<(string Method, string Path, string Summary)> Addresses { get; } =
    [
        ("post", "/predict/{model}", "Predict an image, or JSON: a row of a table by column, or an array of numbers. `?top=K` limits the classes. The name may be left out if there is one model."),
        ("get", "/v2", "The server's name, version and extensions."),
        ("get", "/v2/health/live", "Whether the server runs."),
        ("get", "/v2/health/ready", "Whether the server answers requests; 503 while it stops."),
        ("get", "/v2/models/{model}", "The inputs and outputs of a model."),
        ("get", "/v2/models/{model}/ready", "Whether a model answers requests."),
        ("post", "/v2/models/{model}/infer", "Infer by the Open Inference Protocol, version 2, with the binary tensor extension. An encoded image is an element of BYTES."),
        ("get", "/metrics", "Requests, times and batches in the format of Prometheus."),
        ("get", "/openapi.json", "This document."),
    ];

    /// <summary>Returns the document.</summary>
    public static JsonObject Document(ServedModels models)
    {
        var paths = new JsonObject();
        foreach ((string method, string path, string summary) in Addresses)
        {
            var operation = new JsonObject { ["summary"] = summary, ["responses"] = Responses(method, path) };
            if (path.Contains("{model}", StringComparison.Ordinal))
            {
                operation["parameters"] = new JsonArray(
                [
                    new JsonObject
                    {
                        ["name"] = "model",
                        ["in"] = "path",
                        ["required"] = true,
                        ["schema"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. models.All.Select(m => JsonValue.Create(m.Name))]) },
                    },
                    .. path.StartsWith("/predict", StringComparison.Ordinal)
                        ? [new JsonObject { ["name"] = "top", ["in"] = "query", ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 } }]
                        : Array.Empty<JsonNode>(),
                ]);
            }

            if (method == "post")
            {
                var content = new JsonObject { [Json] = new JsonObject { ["schema"] = new JsonObject() } };
                foreach (string type in path.StartsWith("/predict", StringComparison.Ordinal) ? (string[])["image/png", "image/jpeg", "image/webp", "image/bmp"] : ["application/octet-stream"])
                {
                    content[type] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string", ["format"] = "binary" } };
                }

                operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = content };
            }

            paths[path] = new JsonObject { [method] = operation };
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Regimen", ["version"] = typeof(OpenApi).Assembly.GetName().Version!.ToString(3) },
            ["paths"] = paths,
        };
    }

    private static JsonObject Responses(string method, string path)
    {
        string type = path == "/metrics" ? "text/plain" : Json;
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = "The answer.", ["content"] = new JsonObject { [type] = new JsonObject() } } };
        (string Status, string Description)[] failures =
        [
            .. path.Contains("{model}", StringComparison.Ordinal) ? [("404", "There is no such model.")] : Array.Empty<(string, string)>(),
            .. method == "post"
                ?
                [
                    ("400", "The request is malformed, or not of the model's form."), ("408", "The request took too long to arrive."), ("413", "The request is too large."),
                    ("429", "Too many requests are waiting."), ("503", "The answer was not computed in time, or the server stops."),
                ]
                : Array.Empty<(string, string)>(),
        ];
        foreach ((string status, string description) in failures)
        {
            responses[status] = new JsonObject { ["description"] = description };
        }

        return responses;
    }
}
