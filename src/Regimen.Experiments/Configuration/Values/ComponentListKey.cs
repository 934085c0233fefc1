using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>A key that holds a list of components. Each element is a catalog name, for the defaults, or a mapping with <c>name</c> and other
/// keys: <c>[{name: random_crop, padding: 4}, horizontal_flip]</c>.</summary>
internal sealed class ComponentListKey(OptionProperty property, ListType list, string group) : OptionKey(property)
{
    private readonly Bounds? _length = LengthWords.BoundsOf(property.Attributes, isText: false);

    /// <summary>The catalog group that the names belong to.</summary>
    public string Group { get; } = group;

    /// <inheritdoc/>
    public override string Expected
        => $"a list of {Group}s{LengthWords.Count(_length)}, each a name or its keys with a `name`{(IsNullable ? "; or null" : "")}";

    /// <inheritdoc/>
    public override bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value)
    {
        value = null;
        if (node is ScalarNode { IsNull: true, Text.Length: > 0 } && IsNullable)
        {
            return true;
        }

        int before = reading.Problems.Count;
        if (node is not SequenceNode sequence)
        {
            string what = node is ScalarNode { IsNull: true } ? $"`{name}` has no value" : $"Wrong value for `{name}`";
            reading.Problems.Add(Wrong(what, node, Expected, HintFor(node)));
            return false;
        }

        if (_length is not null && !_length.Contains(sequence.Items.Count))
        {
            reading.Problems.Add(Wrong($"Wrong length of `{name}`", node, Expected));
            return false;
        }

        var components = Array.CreateInstance(list.Element, sequence.Items.Count);
        for (int i = 0; i < components.Length; i++)
        {
            components.SetValue(ReadComponent(sequence.Items[i], $"{name}[{i}]", reading), i);
        }

        value = components;
        return reading.Problems.Count == before;
    }

    /// <inheritdoc/>
    public override string Write(object? value) => YamlText.Flow(WriteJson(value));

    /// <inheritdoc/>
    public override JsonNode? WriteJson(object? value)
        => value is null ? null : new JsonArray([.. ((IEnumerable)value).Cast<object>().Select(WriteComponent)]);

    /// <inheritdoc/>
    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = SchemaParts.Defined(Group) };
        _length?.AddTo(schema, "minItems", "maxItems");
        return SchemaParts.OrReference(IsNullable ? SchemaParts.OrNull(schema) : schema);
    }

    /// <inheritdoc/>
    public override object? ToProperty(object? value) => value is Array array ? list.From(array) : value;

    private static JsonObject WriteComponent(object component)
    {
        Type type = component.GetType();
        string name = type.GetCustomAttribute<CatalogAttribute>(inherit: false)?.Name
            ?? throw new InvalidOperationException($"Expected a component of the catalog; received {type}, which has no catalog name.");
        var json = new JsonObject { [ConfigGroups.NameKey] = name };
        OptionsShape.For(type).WriteTo(json, component);
        return json;
    }

    private object? ReadComponent(ConfigNode node, string name, ConfigReading reading)
    {
        ConfigNode? named = node is MappingNode keys ? keys.Entries.FirstOrDefault(e => e.Key == ConfigGroups.NameKey)?.Value : node;
        if (named is not ScalarNode { IsNull: false } scalar)
        {
            string what = node is MappingNode && named is null ? $"`{name}` has no name" : $"Wrong value for `{name}`";
            reading.Problems.Add(Wrong(what, named ?? node, $"{Choices(reading.Catalog)}, alone or as `name:` with its keys"));
            return null;
        }

        if (reading.Catalog.TryFind(Group, scalar.Text) is not { } entry)
        {
            string? meant = Spelling.DidYouMean(scalar.Text, reading.Catalog.In(Group).Select(e => e.Name));
            string what = $"Unknown {Group} `{ConfigNode.Printable(scalar.Text)}` in `{name}`";
            reading.Problems.Add(Wrong(what, scalar, Choices(reading.Catalog), meant));
            return null;
        }

        try
        {
            return Build(entry, node as MappingNode, scalar.Place, name, reading);
        }
        catch (RequestException exception)
        {
            reading.Problems.AddRange(exception.Problems);
            return null;
        }
    }

    private static object? Build(CatalogEntry entry, MappingNode? keys, ConfigPlace place, string name, ConfigReading reading)
    {
        var problems = new List<Problem>();
        var state = new GroupState(ConfigGroup.Element(name, entry.Group));
        state.Use(entry.Name, OptionsShape.For(entry.OptionsType));
        if (keys is not null)
        {
            new KeySetter(reading with { Problems = problems }).SetAll(state, keys);
        }

        object? component = new OptionsBuilder(state.Shape!, $"{name}.", state.Values, problems).Build(place);
        reading.Problems.AddRange(problems);
        return component;
    }

    private string Choices(ComponentCatalog catalog) => ConfigChoices.Words(catalog.In(Group).Select(e => e.Name));

    private static string? HintFor(ConfigNode node) => node switch
    {
        ScalarNode { IsNull: false } scalar => $"Write a list as [{scalar.Received}].",
        MappingNode => "Write a list as [{name: NAME, key: value}, NAME], or with a `-` before each element.",
        _ => "Write an empty list as [].",
    };
}
