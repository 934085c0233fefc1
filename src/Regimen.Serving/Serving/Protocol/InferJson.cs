using System.Text.Json;

namespace Regimen.Serving;

/// <summary>Reads the JSON of a request.</summary>
internal static class InferJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Parses a document.</summary>
    /// <exception cref="RequestException">It is not JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (JsonException exception)
        {
            throw new RequestException(new Problem("The request is not valid JSON") { Received = exception.Message.Split('\n')[0] }, exception);
        }
    }

    /// <summary>Returns a text of an object.</summary>
    public static string Text(JsonElement json, string key, string where)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Wrong(where, $"There is no `{key}`", "a text", "none");

    /// <summary>Returns a flag among the parameters of an object; false if there is none.</summary>
    public static bool Flag(JsonElement json, string key)
        => json.TryGetProperty("parameters", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object
            && parameters.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    /// <summary>The exception for a wrong request.</summary>
    public static RequestException Wrong(string where, string message, string expected, string received)
        => new(new Problem(message) { Where = where, Expected = expected, Received = received });
}
