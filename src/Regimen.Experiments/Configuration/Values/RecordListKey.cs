using System.Collections;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>A key that holds a list of records which are no components: <c>[{match: fc.*, lr_scale: 10}]</c>. If a record has one required key,
/// a value alone is that key: <c>[layer1.*]</c> is <c>[{match: layer1.*}]</c>.</summary>
internal sealed class RecordListKey(OptionProperty property, ListType list) : OptionKey(property)
{
    private readonly OptionsShape _shape = OptionsShape.For(list.Element);

    /// <summary>Whether a type is a record that such a list may hold.</summary>
    public static bool IsElement(Type type) => ParameterBinder.IsOptionsRecord(type);

    /// <inheritdoc/>
    public override string Expected
    {
        get
        {
            string keys = $"a list, each with the keys {string.Join(", ", _shape.Keys.Select(k => k.Path))}";
            return (Short is { } only ? $"{keys}, or {only.Path} alone" : keys) + (IsNullable ? "; or null" : string.Empty);
        }
    }

    private OptionKey? Short => _shape.Keys.Where(k => k.IsRequired).ToArray() is [var only] && _shape.Keys.Count(k => !k.IsRequired && k.Default is null) == _shape.Keys.Count - 1 ? only : null;

    /// <inheritdoc/>
    public override bool TryRead(ConfigNode node, string name, ConfigReading reading, out object? value)
    {
        value = null;
        if (node is ScalarNode { IsNull: true, Text.Length: > 0 } && IsNullable)
        {
            return true;
        }

        if (node is not SequenceNode sequence)
        {
            string what = node is ScalarNode { IsNull: true } ? $"`{name}` has no value" : $"Wrong value for `{name}`";
            reading.Problems.Add(Wrong(what, node, Expected, node is ScalarNode { IsNull: false } scalar ? $"Write a list as [{scalar.Received}]." : "Write an empty list as []."));
            return false;
        }

        int before = reading.Problems.Count;
        var records = Array.CreateInstance(list.Element, sequence.Items.Count);
        for (int i = 0; i < records.Length; i++)
        {
            records.SetValue(ReadRecord(sequence.Items[i], $"{name}[{i}]", reading), i);
        }

        value = records;
        return reading.Problems.Count == before;
    }

    /// <inheritdoc/>
    public override string Write(object? value) => YamlText.Flow(WriteJson(value));

    /// <inheritdoc/>
    public override JsonNode? WriteJson(object? value) => value is null ? null : new JsonArray([.. ((IEnumerable)value).Cast<object>().Select(record =>
    {
        var json = new JsonObject();
        _shape.WriteTo(json, record);
        return json;
    })]);

    /// <inheritdoc/>
    public override JsonObject Schema()
    {
        JsonObject keys = SchemaParts.Keys(_shape, null, XmlDocumentation.Summary(list.Element));
        keys["required"] = new JsonArray([.. _shape.Keys.Where(k => k.IsRequired).Select(k => JsonValue.Create(k.Path))]);
        JsonObject element = Short is { } only ? SchemaParts.AnyOf(only.Schema(), keys) : keys;
        var schema = new JsonObject { ["type"] = "array", ["items"] = element };
        return SchemaParts.OrReference(IsNullable ? SchemaParts.OrNull(schema) : schema);
    }

    /// <inheritdoc/>
    public override object? ToProperty(object? value) => value is Array array ? list.From(array) : value;

    private object? ReadRecord(ConfigNode node, string name, ConfigReading reading)
    {
        var problems = new List<Problem>();
        var state = new GroupState(new ConfigGroup(name, list.Element));
        var keys = new KeySetter(reading with { Problems = problems });
        if (node is MappingNode mapping)
        {
            keys.SetAll(state, mapping);
        }
        else if (Short is { } only && node is ScalarNode { IsNull: false })
        {
            keys.Set(state.Values, only, $"{name}.{only.Path}", node);
        }
        else
        {
            problems.Add(Wrong($"Wrong value for `{name}`", node, $"the keys {string.Join(", ", _shape.Keys.Select(k => k.Path))}"));
        }

        object? record = problems.Count > 0 ? null : new OptionsBuilder(_shape, $"{name}.", state.Values, problems).Build(node.Place);
        reading.Problems.AddRange(problems);
        return record;
    }
}
