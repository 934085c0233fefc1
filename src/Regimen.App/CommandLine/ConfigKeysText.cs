using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Configuration;

namespace Regimen.App.CommandLine;

/// <summary>Prints every config key with its type, bounds, default and summary, as text or as JSON.</summary>
internal static class ConfigKeysText
{
    public static void WriteChoices(Page page, ConfigSchema schema)
    {
        page.Heading("Choices:");
        foreach ((string group, IReadOnlyList<string> choices) in schema.Choices)
        {
            page.Line($"  {group}={string.Join('|', choices)}");
        }
    }

    public static void Write(Page page, ConfigSchema schema)
    {
        WriteChoices(page, schema);
        int keys = schema.Groups.SelectMany(g => g.Keys).Max(k => (int?)k.Key.Length) ?? 0;
        foreach (ConfigSchemaGroup group in schema.Groups)
        {
            page.Line();
            string title = group.Choice is null ? group.Name : $"{group.Name}{(group.IsElement ? ' ' : '=')}{group.Choice}";
            page.Line($"{(title.Length > 0 ? $"{title}: " : string.Empty)}{group.Summary}".TrimEnd(' ', ':'), title.Length, Page.HeadingStyle);
            foreach (ConfigSchemaKey key in group.Keys)
            {
                page.Line($"  {key.Key.PadRight(keys)}  {key.Summary}".TrimEnd());
                page.Line($"  {string.Empty.PadRight(keys)}  {key.Expected}{(key.Default is { } value ? $"; default {value}" : "; must be set")}", int.MaxValue, Page.LabelStyle);
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
