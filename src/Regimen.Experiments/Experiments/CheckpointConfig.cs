using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Files;

namespace Regimen.Experiments;

/// <summary>Compares a config with the config stored in a checkpoint.</summary>
internal static class CheckpointConfig
{
    /// <summary>Returns the differences between a checkpoint's config and another config, except for the keys that may differ.</summary>
    /// <param name="modelMetadata">The metadata of the checkpoint's model file.</param>
    /// <param name="config">The other config.</param>
    /// <param name="where">The name of the checkpoint in error messages.</param>
    /// <exception cref="RequestException">The checkpoint's config can't be read.</exception>
    public static IReadOnlyList<ConfigDifference> Differences(IReadOnlyDictionary<string, string> modelMetadata, RunConfig config, string where)
    {
        try
        {
            return modelMetadata.TryGetValue("regimen.config", out string? json) && StrictJson.Parse(json) is JsonObject made
                ? [.. ConfigDifference.Between(made, config.ToJson()).Where(d => !RunResumption.Changeable.Contains(d.Key) && !DataPaths.IsPath(d.Key) && !IsNewer(d))]
                : [];
        }
        catch (JsonException exception)
        {
            throw new RequestException(new Problem($"The checkpoint's config is damaged: {exception.Message}") { Where = where }, exception);
        }

        // A key that was added later: the checkpoint does not have it, and the config has the value of the earlier behaviour.
        bool IsNewer(ConfigDifference difference)
            => difference is { First: null, Second: { } now } && RecordedKeys.IsAsBefore(config, difference.Key, now);
    }
}
