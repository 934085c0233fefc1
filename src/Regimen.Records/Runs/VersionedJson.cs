using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>Reads the JSON files of a run or a sweep, each of which holds the version of its format in <c>format_version</c>.</summary>
internal static class VersionedJson
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="type">The type of its content.</param>
    /// <param name="format">The format version that this version of Regimen reads.</param>
    /// <param name="messages">The messages of its problems.</param>
    /// <param name="check">Checks the content; throws a <see cref="JsonException"/> if it is damaged. Null for no check.</param>
    /// <exception cref="RequestException">The file is missing, damaged, or of another format version.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type, int format, VersionedMessages messages, Action<T>? check = null)
    {
        byte[] bytes = InputFile.ReadAllBytes(path);
        try
        {
            using JsonDocument document = StrictJson.ParseDocument(bytes);
            int version = document.RootElement.TryGetProperty("format_version", out JsonElement element) ? element.GetInt32() : 0;
            if (version != format)
            {
                throw new RequestException(new Problem(messages.OtherVersion) { Where = path, Expected = $"format_version {format}", Received = $"{version}", Hint = messages.OtherVersionHint });
            }

            T content = document.Deserialize(type) ?? throw new JsonException("null");
            check?.Invoke(content);
            return content;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new RequestException(new Problem($"{messages.Damaged}: {exception.Message}") { Where = path, Hint = messages.DamagedHint }, exception);
        }
    }
}

/// <summary>The messages of a file's problems.</summary>
/// <param name="Damaged">The beginning of the message for a damaged file.</param>
/// <param name="OtherVersion">The message for another format version.</param>
/// <param name="OtherVersionHint">What the user can do about another format version.</param>
/// <param name="DamagedHint">What the user can do about a damaged file; null for nothing.</param>
internal readonly record struct VersionedMessages(string Damaged, string OtherVersion, string OtherVersionHint, string? DamagedHint = null);
