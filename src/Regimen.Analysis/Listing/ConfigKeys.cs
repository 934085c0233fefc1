using System.Collections.Frozen;

namespace Regimen.Listing;

/// <summary>The keys of a run's config with their values, flattened: <c>optimizer.lr</c> has the value <c>0.001</c>. Values are JSON texts.</summary>
/// <remarks>Runs of the same parts share one list of keys, and values are split when one of them is read first: of ten thousand runs only the
/// values that are asked for cost time.</remarks>
public sealed class ConfigKeys
{
    private const char Separator = '\n';
    private readonly ConfigShape _shape;
    private readonly string _text;
    private string[]? _values;

    internal ConfigKeys(ConfigShape shape, string text) => (_shape, _text) = (shape, text);

    /// <summary>A run without a readable config.</summary>
    public static ConfigKeys None { get; } = new(new ConfigShape([]), string.Empty);

    /// <summary>The keys, in the order of the config.</summary>
    public IReadOnlyList<string> Keys => _shape.Keys;

    /// <summary>The value of a key as JSON text; null if the config does not have it.</summary>
    public string? this[string key] => _shape.IndexOf(key) is var at and >= 0 ? Values[at] : null;

    internal ConfigShape Shape => _shape;

    /// <summary>All values in the order of the keys, each behind a line feed of its own but the first.</summary>
    internal string Text => _text;

    /// <summary>Returns all keys but some, with their values, as one text: equal texts are equal configs.</summary>
    internal string Rest(Func<string, bool> without)
    {
        (string names, int[] indices) = _shape.Rest(without);
        return string.Join(Separator, indices.Select(i => Values[i]).Prepend(names));
    }

    private string[] Values => _values ??= _text.Split(Separator) is var values && values.Length == _shape.Keys.Count ? values : [.. _shape.Keys.Select(_ => "null")];

    /// <summary>Joins keys with their values.</summary>
    internal static ConfigKeys Of(IReadOnlyList<KeyValuePair<string, string>> values)
        => new(new ConfigShape([.. values.Select(v => v.Key)]), string.Join(Separator, values.Select(v => v.Value)));

    /// <summary>Returns a value as a reader writes it: text without quotes.</summary>
    public static string Plain(string json) => json is ['"', .., '"'] ? System.Text.Json.Nodes.JsonNode.Parse(json)!.GetValue<string>() : json;
}

/// <summary>The keys of configs that have the same parts.</summary>
internal sealed class ConfigShape(IReadOnlyList<string> keys)
{
    private FrozenDictionary<string, int>? _indices;
    private (Func<string, bool> Without, string Names, int[] Indices)? _rest;

    public IReadOnlyList<string> Keys { get; } = keys;

    /// <summary>Returns all keys but some as one text, and their indices.</summary>
    public (string Names, int[] Indices) Rest(Func<string, bool> without)
    {
        if (_rest is not { } known || known.Without != without)
        {
            int[] indices = [.. Enumerable.Range(0, Keys.Count).Where(i => !without(Keys[i]))];
            _rest = known = (without, string.Join('\n', indices.Select(i => Keys[i])), indices);
        }

        return (known.Names, known.Indices);
    }

    public int IndexOf(string key) => (_indices ??= Keys.Select((k, i) => (k, i)).DistinctBy(k => k.k).ToFrozenDictionary(k => k.k, k => k.i)).TryGetValue(key, out int at) ? at : -1;
}
