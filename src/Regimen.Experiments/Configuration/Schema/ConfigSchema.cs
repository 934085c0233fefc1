using System.Reflection;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>All config keys with their types, bounds, defaults and summaries, for help texts.</summary>
/// <param name="Groups">The keys outside all groups first, under an empty name, then the keys by group and choice.</param>
/// <param name="Choices">The available choices by group, including <c>experiment</c> and <c>debug</c>, in ordinal order.</param>
internal sealed record ConfigSchema(IReadOnlyList<ConfigSchemaGroup> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Choices)
{
    /// <summary>Lists the keys.</summary>
    /// <param name="catalog">The available components.</param>
    /// <param name="request">The folders that contain the files of choices. The arguments are not used.</param>
    /// <exception cref="RequestException">There are no configs, or an options record has an unsupported property.</exception>
    public static ConfigSchema For(ComponentCatalog catalog, ConfigRequest request)
    {
        var folders = ConfigFolders.For(request);
        var groups = new List<ConfigSchemaGroup> { Describe("", null, "The keys of the run.", ConfigState.Top) };
        groups.AddRange(Elements(catalog, ListedIn(ConfigState.Top)));
        var choices = new Dictionary<string, IReadOnlyList<string>>();
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            choices[group.Name] = [.. ConfigChoices.Of(catalog, folders, group)];
            if (group.OptionsType is { } type)
            {
                groups.Add(Describe(group.Name, null, XmlDocumentation.Summary(type), OptionsShape.For(type)));
            }

            groups.AddRange(catalog.In(group.Name)
                .Select(e => Describe(group.Name, e.Name, Summary(catalog, e), OptionsShape.For(e.OptionsType))));
            groups.AddRange(Elements(catalog, Listed(group)));
        }

        foreach (ComponentListKey list in ConfigState.Top.Keys.OfType<ComponentListKey>())
        {
            choices[list.Path] = [.. catalog.In(list.Group).Select(e => e.Name)];
        }

        choices[ConfigGroups.Experiment] = [.. folders.Choices(ConfigGroups.Experiment)];
        choices[ConfigGroups.Debug] = [.. folders.Choices(ConfigGroups.Debug)];
        return new ConfigSchema(groups, choices);
    }

    /// <summary>Returns the part for one group, including the components of its lists.</summary>
    /// <param name="group">A group of the config, <c>experiment</c> or <c>debug</c>.</param>
    /// <exception cref="RequestException">The group is unknown.</exception>
    public ConfigSchema Of(string group)
    {
        if (!Choices.TryGetValue(group, out IReadOnlyList<string>? choices))
        {
            throw new RequestException(new Problem("Unknown group")
            {
                Where = ConfigNode.Printable(group),
                Expected = $"one of {string.Join(", ", Choices.Keys)}",
                Received = ConfigNode.Printable(group),
                Hint = Spelling.DidYouMean(group, Choices.Keys),
            });
        }

        string[] listed =
        [
            .. ConfigGroups.All.Where(g => g.Name == group).SelectMany(Listed),
            .. ConfigState.Top.Keys.OfType<ComponentListKey>().Where(k => k.Path == group).Select(k => k.Group),
        ];
        return new ConfigSchema(
            [.. Groups.Where(g => g.Name == group || (g.IsElement && listed.Contains(g.Name)))],
            new Dictionary<string, IReadOnlyList<string>> { [group] = choices });
    }

    /// <summary>Returns the summary of a catalog entry. For a data set that is the only one of its class, this is the summary of the class.</summary>
    internal static string? Summary(ComponentCatalog catalog, CatalogEntry entry)
        => (entry.Group == CatalogGroup.Data && catalog.In(CatalogGroup.Data).Count(e => e.Documented.OfClass == entry.Documented.OfClass) == 1
            ? XmlDocumentation.Summary(entry.Documented.OfClass)
            : null) ?? XmlDocumentation.Summary(entry.Documented);

    /// <summary>Lists the catalog groups whose components appear in list keys of a group.</summary>
    internal static IEnumerable<string> Listed(ConfigGroup group) => group.OptionsType is null
        ? []
        : ListedIn(OptionsShape.For(group.OptionsType));

    /// <summary>The groups of the catalog that lists among some keys are of.</summary>
    internal static IEnumerable<string> ListedIn(OptionsShape shape) => shape.Keys.OfType<ComponentListKey>().Select(k => k.Group).Distinct();

    private static IEnumerable<ConfigSchemaGroup> Elements(ComponentCatalog catalog, IEnumerable<string> listed)
        => listed.SelectMany(group => catalog.In(group)
            .Select(e => Describe("", e.Name, Summary(catalog, e), OptionsShape.For(e.OptionsType)) with { Name = group, IsElement = true }));

    private static ConfigSchemaGroup Describe(string group, string? choice, string? summary, OptionsShape shape)
        => new(group, choice, summary, [.. shape.Keys.Select(k => Describe(group, k))]);

    private static ConfigSchemaKey Describe(string group, OptionKey key)
    {
        PropertyInfo property = key.Chain[^1];
        return new ConfigSchemaKey(
            group.Length == 0 ? key.Path : $"{group}.{key.Path}",
            key.Expected,
            key.IsRequired ? null : key.Write(key.Default),
            XmlDocumentation.Summary(property)) { Schema = SchemaParts.Key(key).ToJsonString() };
    }
}

/// <summary>The keys of a group, or of one choice of a group.</summary>
/// <param name="Name">The group; empty for the keys outside all groups.</param>
/// <param name="Choice">The catalog name; null for a group without one.</param>
/// <param name="Summary">The summary in one line; null if the source has none.</param>
/// <param name="Keys">The keys, in the order of a config file.</param>
internal sealed record ConfigSchemaGroup(string Name, string? Choice, string? Summary, IReadOnlyList<ConfigSchemaKey> Keys)
{
    /// <summary>Whether this is an element of a list, whose keys have no group prefix.</summary>
    public bool IsElement { get; init; }
}

/// <summary>A config key.</summary>
/// <param name="Key">The full key, for example <c>model.hidden</c>.</param>
/// <param name="Expected">The type and bounds as text, for example "a whole number from 1 to 65536".</param>
/// <param name="Default">The default as YAML; null for a required key.</param>
/// <param name="Summary">The summary in one line; null if the source has none.</param>
internal sealed record ConfigSchemaKey(string Key, string Expected, string? Default, string? Summary)
{
    /// <summary>The type, bounds, default and summary as JSON Schema. Its references are defined in <see cref="ConfigJsonSchema"/>.</summary>
    public string Schema { get; init; } = "{}";
}
