using System.Text.Json.Nodes;
using Regimen.Configuration;

namespace Regimen.App.CommandLine;

/// <summary>Every key with its type, bounds, default and meaning: for people, and as JSON.</summary>
internal static class ConfigKeysText
{
    public static void Write(TextWriter output, ConfigSchema schema)
    {
        output.WriteLine("Choices:");
        foreach ((string group, IReadOnlyList<string> choices) in schema.Choices)
        {
            output.WriteLine($"  {group}={string.Join('|', choices)}");
        }

        int keys = schema.Groups.SelectMany(g => g.Keys).Max(k => (int?)k.Key.Length) ?? 0;
        foreach (ConfigSchemaGroup group in schema.Groups)
        {
            output.WriteLine();
            string title = group.Choice is null ? group.Name : $"{group.Name}{(group.IsElement ? ' ' : '=')}{group.Choice}";
            output.WriteLine($"{(title.Length > 0 ? $"{title}: " : string.Empty)}{group.Summary}".TrimEnd(' ', ':'));
            foreach (ConfigSchemaKey key in group.Keys)
            {
                output.WriteLine($"  {key.Key.PadRight(keys)}  {key.Summary}".TrimEnd());
                output.WriteLine($"  {string.Empty.PadRight(keys)}  {key.Expected}{(key.Default is { } value ? $"; default {value}" : "; must be set")}");
            }
        }
    }

    public static JsonObject Document(ConfigSchema schema) => new()
    {
        ["choices"] = new JsonObject(schema.Choices.Select(
            c => KeyValuePair.Create(c.Key, (JsonNode?)new JsonArray([.. c.Value.Select(v => JsonValue.Create(v))])))),
        ["groups"] = new JsonArray([.. schema.Groups.Select(group => new JsonObject
        {
            ["group"] = group.Name.Length > 0 ? group.Name : null,
            ["choice"] = group.Choice,
            ["element"] = group.IsElement,
            ["summary"] = group.Summary,
            ["keys"] = new JsonArray([.. group.Keys.Select(Document)]),
        })]),
    };

    private static JsonObject Document(ConfigSchemaKey key)
    {
        JsonObject schema = JsonNode.Parse(key.Schema)!.AsObject();
        schema.Remove("default", out JsonNode? value);
        schema.Remove("description");
        return new JsonObject
        {
            ["key"] = key.Key,
            ["expected"] = key.Expected,
            ["required"] = key.Default is null,
            ["default"] = value,
            ["summary"] = key.Summary,
            ["schema"] = schema,
        };
    }
}
