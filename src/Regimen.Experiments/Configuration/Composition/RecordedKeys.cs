namespace Regimen.Configuration;

/// <summary>Preserves the meaning of recorded configs when new keys are added.</summary>
/// <remarks>A recorded config contains every key that existed when it was written, so a missing key is newer than the run. If the key's
/// default would change results, <see cref="LegacyDefaultAttribute"/> gives the value for runs recorded before the key existed.</remarks>
internal static class RecordedKeys
{
    // The keys and groups of the first version. A config written by hand rarely has all of them.
    private static readonly string[] First =
    [
        "seed", "threads", "device", "name", "runs", "record_code",
        "model", "data", "transforms", "loader", "objective", "optimizer", "schedule", "trainer", "early_stopping", "checkpoint",
    ];

    /// <summary>Whether a config was written by a run.</summary>
    public static bool IsRecorded(MappingNode config) => First.All(key => config.Entries.Any(e => e.Key == key));

    /// <summary>Lists the keys missing from a recorded group that have a legacy default, with that default.</summary>
    /// <param name="shape">The group's keys.</param>
    /// <param name="recorded">The group as recorded.</param>
    public static IEnumerable<(OptionKey Key, ConfigNode Value)> MissingIn(OptionsShape shape, MappingNode recorded)
        => from key in shape.Keys
           where key.LegacyDefault is not null && !Has(recorded, key.Path.Split('.'))
           select (key, (ConfigNode)new ScalarNode(recorded.Place, key.LegacyDefault!, IsPlain: true));

    /// <summary>Whether a key has the value that applies to runs recorded before the key existed.</summary>
    /// <param name="config">The config that has the key.</param>
    /// <param name="key">The full key, for example <c>data.stratify</c>.</param>
    /// <param name="json">Its value in that config, as JSON.</param>
    public static bool IsAsBefore(RunConfig config, string key, string json)
    {
        if (ConfigGroups.All.Any(g => g.Name == key && g is { CanBeOff: true, IsNamed: true }))
        {
            // A whole group that was added later: off, as before.
            return json.Trim('"') == ConfigGroups.None;
        }

        int dot = key.IndexOf('.', StringComparison.Ordinal);
        string group = dot < 0 ? string.Empty : key[..dot];
        OptionsShape? shape = dot < 0 ? ConfigState.Top
            : ConfigGroups.All.Any(g => g.Name == group) && RunConfigWriter.Of(config, group).Options is { } options ? OptionsShape.For(options.GetType())
            : null;
        return shape?.Find(key[(dot + 1)..]) is { } known
            && (known.LegacyDefault is { } before ? json.Trim('"') == before : json == (known.WriteJson(known.Default)?.ToJsonString() ?? "null"));
    }

    private static bool Has(MappingNode recorded, ReadOnlySpan<string> path)
    {
        string first = path[0];
        return recorded.Entries.FirstOrDefault(e => e.Key == first)?.Value is { } value
            && (path.Length == 1 || (value is MappingNode inner && Has(inner, path[1..])));
    }
}
