using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>A key that two configs give different values.</summary>
/// <param name="Key">As <c>optimizer.lr</c>.</param>
/// <param name="First">The value in the first, as JSON; null where it has no such key.</param>
/// <param name="Second">The value in the second.</param>
public sealed record ConfigDifference(string Key, string? First, string? Second)
{
    /// <summary>Where two configs differ, in the order of their keys.</summary>
    /// <param name="first">A config as <see cref="RunConfig.ToJson"/> gives it.</param>
    /// <param name="second">Another.</param>
    public static IReadOnlyList<ConfigDifference> Between(JsonObject first, JsonObject second)
    {
        Dictionary<string, string> a = new(Flat(first, string.Empty));
        Dictionary<string, string> b = new(Flat(second, string.Empty));
        return [.. a.Keys.Union(b.Keys)
            .Select(key => new ConfigDifference(key, a.GetValueOrDefault(key), b.GetValueOrDefault(key)))
            .Where(d => d.First != d.Second)];
    }

    /// <summary>A key's value in a config, as JSON; null where it has no such key.</summary>
    public static string? ValueOf(JsonObject config, string key) => new Dictionary<string, string>(Flat(config, string.Empty)).GetValueOrDefault(key);

    /// <summary>As <c>optimizer.lr: 0.001 and 0.01</c>.</summary>
    public override string ToString() => $"{Key}: {First ?? "no such key"} and {Second ?? "no such key"}";

    private static IEnumerable<KeyValuePair<string, string>> Flat(JsonObject json, string above) => json.SelectMany(property => property.Value is JsonObject inner
        ? Flat(inner, $"{above}{property.Key}.")
        : [KeyValuePair.Create($"{above}{property.Key}", property.Value?.ToJsonString() ?? "null")]);
}
