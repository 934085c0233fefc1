using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>What every part of a config's JSON Schema is made with.</summary>
internal static class SchemaParts
{
    /// <summary>The definition of text that refers to another value.</summary>
    public const string Reference = "reference";

    /// <summary>What is defined under a name.</summary>
    public static JsonObject Defined(string name) => new() { ["$ref"] = $"#/definitions/{name}" };

    /// <summary>A schema that lets null through too.</summary>
    public static JsonObject OrNull(JsonObject schema)
    {
        switch (schema["type"], schema["enum"])
        {
            case (JsonArray types, _):
                types.Add("null");
                return schema;
            case (JsonValue type, _):
                schema["type"] = new JsonArray(type.DeepClone(), "null");
                return schema;
            case (_, JsonArray values):
                values.Add(null);
                return schema;
            default:
                return AnyOf(schema, new JsonObject { ["type"] = "null" });
        }
    }

    /// <summary>A schema that lets references through too.</summary>
    public static JsonObject OrReference(JsonObject schema) => AnyOf(schema, Defined(Reference));

    /// <summary>A schema that lets through what one of several does.</summary>
    public static JsonObject AnyOf(params IEnumerable<JsonObject> schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    /// <summary>One of some words.</summary>
    public static JsonObject OneOf(IEnumerable<string> words) => new() { ["enum"] = new JsonArray([.. words.Select(w => JsonValue.Create(w))]) };

    /// <summary>A record's keys, none of which must be there.</summary>
    /// <param name="shape">The record.</param>
    /// <param name="name">The catalog's name that may stand among them; null for none.</param>
    /// <param name="summary">What the record is.</param>
    public static JsonObject Keys(OptionsShape shape, string? name, string? summary)
    {
        var properties = new JsonObject();
        if (name is not null)
        {
            properties[ConfigGroups.NameKey] = new JsonObject { ["const"] = name };
        }

        JsonObject schema = Object(properties, summary);
        foreach (OptionKey key in shape.Keys)
        {
            JsonObject inner = properties;
            string[] path = key.Path.Split('.');
            foreach (string outer in path[..^1])
            {
                inner[outer] ??= Object([], null);
                inner = inner[outer]!["properties"]!.AsObject();
            }

            inner[path[^1]] = Key(key);
        }

        return schema;
    }

    private static JsonObject Object(JsonObject properties, string? summary)
    {
        JsonObject schema = [];
        if (summary is not null)
        {
            schema["description"] = summary;
        }

        schema["type"] = "object";
        schema["additionalProperties"] = false;
        schema["properties"] = properties;
        return schema;
    }

    /// <summary>A key with what it takes, its default and its meaning.</summary>
    public static JsonObject Key(OptionKey key)
    {
        JsonObject schema = key.Schema();
        string? summary = XmlDocumentation.Summary(key.Chain[^1]);
        schema["description"] = summary is null ? $"Takes {key.Expected}." : $"{summary} Takes {key.Expected}.";
        if (!key.IsRequired)
        {
            schema["default"] = key.WriteJson(key.Default);
        }

        return schema;
    }
}
