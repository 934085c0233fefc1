using System.Text.Json;

namespace Regimen.Runs;

/// <summary>Checks the format version of a JSON file of a run.</summary>
internal static class FormatCheck
{
    /// <summary>Refuses a document of another format version.</summary>
    /// <param name="expected">The format version that this version of Regimen reads.</param>
    /// <param name="document">The document, with its version in <c>format_version</c>.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="message">The problem if the version differs.</param>
    /// <param name="hint">What the user can do.</param>
    /// <exception cref="RequestException">The version differs or is missing.</exception>
    /// <exception cref="InvalidOperationException">The root is not an object, or the version is not a number.</exception>
    public static void ThrowUnless(int expected, JsonDocument document, string path, string message, string hint)
    {
        int version = document.RootElement.TryGetProperty("format_version", out JsonElement element) ? element.GetInt32() : 0;
        if (version != expected)
        {
            throw new RequestException(new Problem(message) { Where = path, Expected = $"format_version {expected}", Received = $"{version}", Hint = hint });
        }
    }
}
