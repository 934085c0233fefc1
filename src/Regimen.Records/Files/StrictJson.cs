using System.Text.Json;
using System.Text.Json.Nodes;

namespace Regimen.Files;

/// <summary>Parses JSON and refuses duplicate keys at once, so that a damaged file is found when it is read.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions NoDuplicates = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a text.</summary>
    /// <exception cref="JsonException">It is not JSON, it is null, or an object has a key twice.</exception>
    public static JsonNode Parse(string json) => JsonNode.Parse(json, documentOptions: NoDuplicates) ?? throw new JsonException("null");

    /// <summary>Parses a text in UTF-8.</summary>
    /// <inheritdoc cref="Parse(string)"/>
    public static JsonNode Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: NoDuplicates) ?? throw new JsonException("null");

    /// <summary>Parses a text in UTF-8 into a document. The caller disposes it.</summary>
    /// <inheritdoc cref="Parse(string)"/>
    public static JsonDocument ParseDocument(ReadOnlyMemory<byte> json) => JsonDocument.Parse(json, NoDuplicates);
}
