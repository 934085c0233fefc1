using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>The written form of values that came from the environment, by key. A run's record contains the references, never the values.</summary>
internal sealed partial class WrittenReferences
{
    private readonly Dictionary<string, (ConfigNode Written, string Value)> _byKey = [];

    /// <summary>An empty instance, for a config without references to the environment.</summary>
    public static WrittenReferences None { get; } = new();

    /// <summary>Adds the written form of a value.</summary>
    /// <param name="name">The full key.</param>
    /// <param name="written">The node as written.</param>
    /// <param name="value">The resolved value, as YAML.</param>
    public void Add(string name, ConfigNode written, string value) => _byKey[name] = (written, value);

    /// <summary>Finds the written form of a key; null if it has none, or if its value has changed since.</summary>
    /// <param name="name">The full key.</param>
    /// <param name="value">The current value, as YAML.</param>
    public JsonNode? Find(string name, string value)
        => _byKey.TryGetValue(name, out (ConfigNode Written, string Value) reference) && reference.Value == value ? ToJson(reference.Written) : null;

    private static JsonNode? ToJson(ConfigNode node) => node switch
    {
        SequenceNode sequence => new JsonArray([.. sequence.Items.Select(ToJson)]),
        MappingNode mapping => new JsonObject(mapping.Entries.Select(e => KeyValuePair.Create(e.Key, ToJson(e.Value)))),
        ScalarNode { IsNull: true } => null,
        ScalarNode { IsPlain: true } plain when LiteralPattern().IsMatch(plain.Text) => JsonNode.Parse(AsJson(plain.Text)),
        ScalarNode scalar => JsonValue.Create(scalar.Text),
        _ => throw new ArgumentOutOfRangeException(nameof(node), node, "Expected a part of a config."),
    };

    /// <summary>Converts a number to JSON syntax: no plus sign, no leading zeros, digits on both sides of the decimal point.</summary>
    private static string AsJson(string literal)
    {
        string text = NeedlessZeros().Replace(literal.TrimStart('+'), "$1");
        return BarePoint().Replace(text, m => $"{(m.Groups[1].Length > 0 ? m.Groups[1].Value : "0")}.{(m.Groups[2].Length > 0 ? m.Groups[2].Value : "0")}");
    }

    [GeneratedRegex(@"^(true|false|[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?)\z")]
    private static partial Regex LiteralPattern();

    [GeneratedRegex("^(-?)0+(?=[0-9])")]
    private static partial Regex NeedlessZeros();

    [GeneratedRegex(@"([0-9]*)\.([0-9]*)")]
    private static partial Regex BarePoint();
}
