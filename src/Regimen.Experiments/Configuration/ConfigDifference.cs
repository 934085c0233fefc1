using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>A key that has different values in two configs.</summary>
/// <param name="Key">The full key, for example <c>optimizer.lr</c>.</param>
/// <param name="First">The value in the first config, as JSON; null if it does not have the key.</param>
/// <param name="Second">The value in the second config, as JSON; null if it does not have the key.</param>
public sealed record ConfigDifference(string Key, string? First, string? Second)
{
    /// <summary>Lists the differences between two configs, in the order of their keys.</summary>
    /// <param name="first">The first config, as returned by <see cref="RunConfig.ToJson"/>.</param>
    /// <param name="second">The second config.</param>
    public static IReadOnlyList<ConfigDifference> Between(JsonObject first, JsonObject second)
    {
        Dictionary<string, string> a = Flatten(first);
        Dictionary<string, string> b = Flatten(second);
        return [.. a.Keys.Union(b.Keys)
            .Select(key => new ConfigDifference(key, a.GetValueOrDefault(key), b.GetValueOrDefault(key)))
            .Where(d => d.First != d.Second)];
    }

    /// <summary>Returns a key's value in a config, as JSON; null if the config does not have the key.</summary>
    public static string? ValueOf(JsonObject config, string key) => Flatten(config).GetValueOrDefault(key);

    /// <summary>Returns the full keys of a config, with their values as JSON.</summary>
    internal static Dictionary<string, string> Flatten(JsonObject config) => new(Flat(config, string.Empty));

    /// <summary>Formats the difference, for example <c>optimizer.lr: 0.001 and 0.01</c>.</summary>
    public override string ToString() => $"{Key}: {First ?? "no such key"} and {Second ?? "no such key"}";

    /// <summary>Lists the keys of a config with their values, as JSON.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Flat(JsonObject json, string above) => json.SelectMany(property => property.Value is JsonObject inner
        ? Flat(inner, $"{above}{property.Key}.")
        : [KeyValuePair.Create($"{above}{property.Key}", property.Value?.ToJsonString() ?? "null")]);
}
