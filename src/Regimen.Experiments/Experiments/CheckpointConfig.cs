using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Files;

namespace Regimen.Experiments;

/// <summary>The config that a checkpoint carries.</summary>
internal static class CheckpointConfig
{
    /// <summary>Where a config differs from the one that made a checkpoint, in what may not differ.</summary>
    /// <param name="modelMetadata">What the checkpoint's model file says of the model.</param>
    /// <param name="config">The other config.</param>
    /// <param name="where">What errors call the checkpoint.</param>
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

        // A key that was added since: the checkpoint lacks it, and the config has the value of the time before.
        bool IsNewer(ConfigDifference difference)
            => difference is { First: null, Second: { } now } && RecordedKeys.IsAsBefore(config, difference.Key, now);
    }
}
