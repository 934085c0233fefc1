using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>A key that holds pairs of texts in the order in which they are written: <c>{backbone: encoder}</c>.</summary>
internal sealed class TextMapKey(OptionProperty property) : OptionKey(property)
{
    private static readonly FreeText Text = new();

    /// <summary>Whether a property has the type of such a key.</summary>
    public static bool IsType(Type type) => type == typeof(IReadOnlyDictionary<string, string>);

    /// <inheritdoc/>
    public override string Expected => "pairs of texts in braces: {from: to}" + (IsNullable ? ", or null" : string.Empty);

    /// <inheritdoc/>
    public override bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value)
    {
        value = null;
        if (node is ScalarNode { IsNull: true, Text.Length: > 0 } && IsNullable)
        {
            return true;
        }

        if (node is not MappingNode mapping)
        {
            string what = node is ScalarNode { IsNull: true } ? $"`{name}` has no value" : $"Wrong value for `{name}`";
            reading.Problems.Add(Wrong(what, node, Expected, "Write no pairs as {}."));
            return false;
        }

        int before = reading.Problems.Count;
        var pairs = new OrderedDictionary<string, string>();
        foreach (MappingEntry entry in mapping.Entries)
        {
            if (entry.Value is ScalarNode { IsNull: false } scalar && Text.Read(scalar) is string text)
            {
                pairs[entry.Key] = text;
            }
            else
            {
                reading.Problems.Add(Wrong($"Wrong value for `{name}` at `{ConfigNode.Printable(entry.Key)}`", entry.Value, "text", "Write an empty text as \"\"."));
            }
        }

        value = pairs;
        return reading.Problems.Count == before;
    }

    /// <inheritdoc/>
    public override string Write(object? value) => YamlText.Flow(WriteJson(value));

    /// <inheritdoc/>
    public override JsonNode? WriteJson(object? value) => value is IReadOnlyDictionary<string, string> pairs
        ? new JsonObject(pairs.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, Text.WriteJson(p.Value))))
        : null;

    /// <inheritdoc/>
    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = Text.Schema() };
        return SchemaParts.OrReference(IsNullable ? SchemaParts.OrNull(schema) : schema);
    }

    /// <inheritdoc/>
    public override object? ToProperty(object? value) => value;
}
