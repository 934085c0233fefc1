using System.Reflection;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Every key there is, with what it takes and what it is for: the text of <c>--help</c>.</summary>
/// <param name="Groups">The keys outside all groups first (under an empty name), then group by group and choice by choice.</param>
/// <param name="Choices">By group what may be chosen, in ordinal order; also of <c>experiment</c> and <c>debug</c>.</param>
public sealed record ConfigSchema(IReadOnlyList<ConfigSchemaGroup> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Choices)
{
    /// <summary>Lists the keys.</summary>
    /// <param name="catalog">What may be chosen.</param>
    /// <param name="request">Where files with choices are looked for; its arguments are not looked at.</param>
    /// <exception cref="RequestException">There are no configs, or an options record has a property that a config can't hold.</exception>
    public static ConfigSchema For(ComponentCatalog catalog, ConfigRequest request)
    {
        var folders = ConfigFolders.For(request);
        var groups = new List<ConfigSchemaGroup> { Describe("", null, "The run itself.", ConfigState.Top) };
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

        choices[ConfigGroups.Experiment] = [.. folders.Choices(ConfigGroups.Experiment)];
        choices[ConfigGroups.Debug] = [.. folders.Choices(ConfigGroups.Debug)];
        return new ConfigSchema(groups, choices);
    }

    /// <summary>The part about one group, with what its lists are made of.</summary>
    /// <param name="group">A group of the config, <c>experiment</c> or <c>debug</c>.</param>
    /// <exception cref="RequestException">There is no such group.</exception>
    public ConfigSchema Of(string group)
    {
        if (!Choices.TryGetValue(group, out IReadOnlyList<string>? choices))
        {
            throw new RequestException(new Problem("There is no such group")
            {
                Where = ConfigNode.Printable(group),
                Expected = $"one of {string.Join(", ", Choices.Keys)}",
                Received = ConfigNode.Printable(group),
                Hint = Spelling.DidYouMean(group, Choices.Keys),
            });
        }

        string[] listed = [.. ConfigGroups.All.Where(g => g.Name == group).SelectMany(Listed)];
        return new ConfigSchema(
            [.. Groups.Where(g => g.Name == group || (g.IsElement && listed.Contains(g.Name)))],
            new Dictionary<string, IReadOnlyList<string>> { [group] = choices });
    }

    /// <summary>The class of a data set's function says what the data set is, if it is the only one there.</summary>
    internal static string? Summary(ComponentCatalog catalog, CatalogEntry entry)
        => (entry.Group == CatalogGroup.Data && catalog.In(CatalogGroup.Data).Count(e => e.Documented.OfClass == entry.Documented.OfClass) == 1
            ? XmlDocumentation.Summary(entry.Documented.OfClass)
            : null) ?? XmlDocumentation.Summary(entry.Documented);

    /// <summary>The groups of the catalog that lists of a group's keys are of.</summary>
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

/// <summary>The keys of a group, or of a choice of it.</summary>
/// <param name="Name">The group; empty for the keys outside all groups.</param>
/// <param name="Choice">The catalog's name; null where the group has none.</param>
/// <param name="Summary">What it is, in one line; null where the source says nothing.</param>
/// <param name="Keys">Its keys, in the order of a config file.</param>
public sealed record ConfigSchemaGroup(string Name, string? Choice, string? Summary, IReadOnlyList<ConfigSchemaKey> Keys)
{
    /// <summary>Whether it stands in a list: its keys are written beside its name, and have no group before them.</summary>
    public bool IsElement { get; init; }
}

/// <summary>A key.</summary>
/// <param name="Key">As it is typed: <c>model.hidden</c>.</param>
/// <param name="Expected">Type and bounds as words: "a whole number from 1 to 65536".</param>
/// <param name="Default">The record's default as YAML; null where a config must set it.</param>
/// <param name="Summary">What it is for, in one line; null where the source says nothing.</param>
public sealed record ConfigSchemaKey(string Key, string Expected, string? Default, string? Summary)
{
    /// <summary>Type, bounds, default and meaning as JSON Schema; what it refers to is defined in <see cref="ConfigJsonSchema"/>.</summary>
    public string Schema { get; init; } = "{}";
}
