using System.Text.Json.Nodes;

namespace Regimen.Configuration;

/// <summary>Builds the parts of a config's JSON Schema.</summary>
internal static class SchemaParts
{
    /// <summary>The name of the definition of references.</summary>
    public const string Reference = "reference";

    /// <summary>Refers to a definition by name.</summary>
    public static JsonObject Defined(string name) => new() { ["$ref"] = $"#/definitions/{name}" };

    /// <summary>Extends a schema to accept null.</summary>
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

    /// <summary>Extends a schema to accept references.</summary>
    public static JsonObject OrReference(JsonObject schema) => AnyOf(schema, Defined(Reference));

    /// <summary>Combines schemas: a value must match at least one.</summary>
    public static JsonObject AnyOf(params IEnumerable<JsonObject> schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    /// <summary>Accepts one of the given strings.</summary>
    public static JsonObject OneOf(IEnumerable<string> words) => new() { ["enum"] = new JsonArray([.. words.Select(w => JsonValue.Create(w))]) };

    /// <summary>Builds the schema of a record's keys, all optional.</summary>
    /// <param name="shape">The shape of the record.</param>
    /// <param name="name">The catalog name that the <c>name</c> key must have; null for a record without one.</param>
    /// <param name="summary">The description.</param>
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

    /// <summary>Builds the schema of a key with its description and default.</summary>
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
