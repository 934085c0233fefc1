using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Generates the JSON Schema (draft 7) of config files, for completion and validation in editors. A file that matches may still be
/// rejected: for values that are incompatible, or for a key of another choice than an earlier layer made.</summary>
internal static class ConfigJsonSchema
{
    /// <summary>The name of the schema of complete configs in <see cref="Files"/>.</summary>
    public const string Whole = "config";

    private const string Draft = "http://json-schema.org/draft-07/schema#";

    /// <summary>Generates the schema of a complete config (train.yaml, an experiment, a run's config.yaml) or of the files of one group.</summary>
    /// <param name="catalog">The available components.</param>
    /// <param name="request">The folders that contain the files of choices. The arguments are not used.</param>
    /// <param name="group">A group, for the files in <c>configs/GROUP/</c>; null for complete configs.</param>
    /// <exception cref="RequestException">There are no configs, the group is unknown, or an options record has an unsupported property.</exception>
    public static JsonObject For(ComponentCatalog catalog, ConfigRequest request, string? group = null)
    {
        var folders = ConfigFolders.For(request);
        JsonObject definitions = Definitions(catalog, folders);
        JsonObject schema = new() { ["$schema"] = Draft, ["title"] = group is null ? "A config of Regimen" : $"A choice of {group}" };
        if (group is not null)
        {
            schema["allOf"] = new JsonArray(SchemaParts.Defined($"{Find(group)}_file"));
            schema["definitions"] = definitions;
            return schema;
        }

        JsonObject whole = SchemaParts.Keys(ConfigState.Top, null, null);
        foreach (ConfigGroup each in ConfigGroups.All)
        {
            whole["properties"]![each.Name] = SchemaParts.Defined(each.Name);
        }

        foreach ((string key, JsonNode? value) in whole)
        {
            schema[key] = value?.DeepClone();
        }

        schema["definitions"] = definitions;
        return schema;
    }

    /// <summary>Generates the schema files by name: one for complete configs, and one for the files of each group, which refers to the first.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Files(ComponentCatalog catalog, ConfigRequest request)
    {
        var files = new Dictionary<string, JsonObject> { [Whole] = For(catalog, request) };
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            files[group.Name] = new JsonObject
            {
                ["$schema"] = Draft,
                ["title"] = $"A choice of {group.Name}",
                ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"{Whole}.json#/definitions/{group.Name}_file" }),
            };
        }

        return files;
    }

    private static string Find(string group)
    {
        string[] groups = [.. ConfigGroups.All.Select(g => g.Name)];
        return groups.Contains(group) ? group : throw new RequestException(new Problem("Unknown group")
        {
            Where = group,
            Expected = $"one of {string.Join(", ", groups)}",
            Received = group,
            Hint = Spelling.DidYouMean(group, groups),
        });
    }

    private static JsonObject Definitions(ComponentCatalog catalog, ConfigFolders folders)
    {
        var definitions = new JsonObject
        {
            [SchemaParts.Reference] = new JsonObject
            {
                ["description"] = "A reference to another key, such as ${model.hidden}, or to an environment variable, such as ${env:HOME}.",
                ["type"] = "string",
                ["pattern"] = @"\$\{[^}]+\}",
            },
        };
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            List<JsonObject> forms = [.. Forms(catalog, group)];
            if (group.CanBeOff)
            {
                forms.Add(new JsonObject { ["type"] = "null" });
            }

            definitions[$"{group.Name}_file"] = SchemaParts.AnyOf(forms);
            definitions[group.Name] = SchemaParts.AnyOf(
                SchemaParts.OneOf(ConfigChoices.Of(catalog, folders, group)), SchemaParts.Defined($"{group.Name}_file"));
        }

        foreach (string listed in ConfigGroups.All.SelectMany(ConfigSchema.Listed).Concat(ConfigSchema.ListedIn(ConfigState.Top)).Distinct())
        {
            definitions[listed] = Element(catalog, listed);
        }

        return definitions;
    }

    /// <summary>Generates the schemas of the keys of each choice of a group, or of the group itself.</summary>
    private static IEnumerable<JsonObject> Forms(ComponentCatalog catalog, ConfigGroup group) => group.OptionsType is { } type
        ? [SchemaParts.Keys(OptionsShape.For(type), null, XmlDocumentation.Summary(type))]
        : catalog.In(group.Name).Select(e => SchemaParts.Keys(OptionsShape.For(e.OptionsType), e.Name, ConfigSchema.Summary(catalog, e)));

    /// <summary>Generates the schema of an element of a list of components: a name alone if it has no required keys, or its keys with the name.</summary>
    private static JsonObject Element(ComponentCatalog catalog, string group)
    {
        var names = new List<string>();
        var forms = new List<JsonObject>();
        foreach (CatalogEntry entry in catalog.In(group))
        {
            var shape = OptionsShape.For(entry.OptionsType);
            string[] required = [.. shape.Keys.Where(k => k.IsRequired && !k.Path.Contains('.', StringComparison.Ordinal)).Select(k => k.Path)];
            if (required.Length == 0)
            {
                names.Add(entry.Name);
            }

            JsonObject form = SchemaParts.Keys(shape, entry.Name, ConfigSchema.Summary(catalog, entry));
            form["required"] = new JsonArray([JsonValue.Create(ConfigGroups.NameKey), .. required.Select(r => JsonValue.Create(r))]);
            forms.Add(form);
        }

        return SchemaParts.AnyOf([SchemaParts.OneOf(names), .. forms, SchemaParts.Defined(SchemaParts.Reference)]);
    }
}
