using System.Text.Json;
using System.Text.Json.Nodes;

namespace Regimen.Files;

/// <summary>JSON of a record: a key that stands twice is damage, and is found when it is read, not when it is first used.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions NoDuplicates = new() { AllowDuplicateProperties = false };

    /// <summary>The value of a text.</summary>
    /// <exception cref="JsonException">It is not JSON, it is null, or a key stands twice in one object.</exception>
    public static JsonNode Parse(string json) => JsonNode.Parse(json, documentOptions: NoDuplicates) ?? throw new JsonException("null");

    /// <summary>The value of a text in UTF-8.</summary>
    /// <inheritdoc cref="Parse(string)"/>
    public static JsonNode Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: NoDuplicates) ?? throw new JsonException("null");

    /// <summary>The same, to be looked into; the caller disposes it.</summary>
    /// <inheritdoc cref="Parse(string)"/>
    public static JsonDocument ParseDocument(ReadOnlyMemory<byte> json) => JsonDocument.Parse(json, NoDuplicates);
}
