namespace Regimen.Configuration;

/// <summary>Keeps the meaning of recorded configs when keys are added.</summary>
/// <remarks>A recorded config holds every key that existed when it was written, so a key that it lacks is newer than the run. Where the
/// key's default changes results, <see cref="LegacyDefaultAttribute"/> gives the value of runs recorded before.</remarks>
internal static class RecordedKeys
{
    // The keys and groups of the first version: a config written by hand for one purpose does not state all of them.
    private static readonly string[] First =
    [
        "seed", "threads", "device", "name", "runs", "record_code",
        "model", "data", "transforms", "loader", "objective", "optimizer", "schedule", "trainer", "early_stopping", "checkpoint",
    ];

    /// <summary>Whether a config was written by a run.</summary>
    public static bool IsRecorded(MappingNode config) => First.All(key => config.Entries.Any(e => e.Key == key));

    /// <summary>The keys that a recorded group lacks and that had another value before they existed.</summary>
    /// <param name="shape">The group's keys.</param>
    /// <param name="recorded">What the record has of the group.</param>
    public static IEnumerable<(OptionKey Key, ConfigNode Value)> MissingIn(OptionsShape shape, MappingNode recorded)
        => from key in shape.Keys
           where key.BeforeItExisted is not null && !Has(recorded, key.Path.Split('.'))
           select (key, (ConfigNode)new ScalarNode(recorded.Place, key.BeforeItExisted!, IsPlain: true));

    /// <summary>Whether a key has the value that stands for runs recorded before the key existed.</summary>
    /// <param name="config">The config that has the key.</param>
    /// <param name="key">The whole key: <c>data.stratify</c>.</param>
    /// <param name="json">Its value there, as JSON.</param>
    public static bool IsAsBefore(RunConfig config, string key, string json)
    {
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        string group = dot < 0 ? string.Empty : key[..dot];
        OptionsShape? shape = dot < 0 ? ConfigState.Top
            : ConfigGroups.All.Any(g => g.Name == group) && RunConfigWriter.Of(config, group).Options is { } options ? OptionsShape.For(options.GetType())
            : null;
        return shape?.Find(key[(dot + 1)..]) is { } known
            && (known.BeforeItExisted is { } before ? json.Trim('"') == before : json == (known.WriteJson(known.Default)?.ToJsonString() ?? "null"));
    }

    private static bool Has(MappingNode recorded, ReadOnlySpan<string> path)
    {
        string first = path[0];
        return recorded.Entries.FirstOrDefault(e => e.Key == first)?.Value is { } value
            && (path.Length == 1 || (value is MappingNode inner && Has(inner, path[1..])));
    }
}
