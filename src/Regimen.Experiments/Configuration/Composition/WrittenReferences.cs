using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>How values that came from the environment were written, by key: a run's record has these words and never the values.</summary>
internal sealed partial class WrittenReferences
{
    private readonly Dictionary<string, (ConfigNode Written, string Value)> _byKey = [];

    /// <summary>A config in which everything was written out.</summary>
    public static WrittenReferences None { get; } = new();

    /// <summary>Remembers one.</summary>
    /// <param name="name">The whole key.</param>
    /// <param name="written">How it was written.</param>
    /// <param name="value">What it stands for, as YAML.</param>
    public void Add(string name, ConfigNode written, string value) => _byKey[name] = (written, value);

    /// <summary>How a key was written; null where it was written out, or has another value by now.</summary>
    /// <param name="name">The whole key.</param>
    /// <param name="value">Its value, as YAML.</param>
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

    /// <summary>A number as JSON wants it: no plus, no needless zero before it, digits on both sides of the point.</summary>
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
