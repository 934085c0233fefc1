using System.Text;
using Microsoft.AspNetCore.Http;

namespace Regimen.Dashboard;

/// <summary>The query of an address: the whole state of a page, so that a link restores it. Values keep their order.</summary>
internal sealed class Query
{
    private const int Most = 2048;
    private readonly (string Key, string Value)[] _values;

    private Query(IEnumerable<(string, string)> values) => _values = [.. values];

    /// <summary>Reads the query of a request.</summary>
    public static Query Of(HttpRequest request)
        => new(request.Query.SelectMany(q => q.Value.Select(v => (q.Key, v ?? string.Empty))).Where(q => q.Item2.Length > 0).Take(Most));

    /// <summary>A query of some values.</summary>
    public static Query From(params IEnumerable<(string Key, string Value)> values) => new(values);

    /// <summary>Returns the first value of a key; null if there is none.</summary>
    public string? this[string key] => _values.FirstOrDefault(v => v.Key == key).Value;

    /// <summary>Returns all values of a key.</summary>
    public IReadOnlyList<string> All(string key) => [.. _values.Where(v => v.Key == key).Select(v => v.Value)];

    /// <summary>Whether a key has the value 1.</summary>
    public bool Flag(string key) => this[key] == "1";

    /// <summary>All keys and values.</summary>
    public IEnumerable<(string Key, string Value)> Values => _values;

    /// <summary>Returns the query with other values of a key; none removes it.</summary>
    public Query With(string key, params IEnumerable<string> values) => new([.. _values.Where(v => v.Key != key), .. values.Select(v => (key, v))]);

    /// <summary>Returns the query with some of its keys.</summary>
    public Query Only(params string[] keys) => new(_values.Where(v => keys.Contains(v.Key)));

    /// <summary>Returns the query without one value.</summary>
    public Query Without(string key, string value) => new(_values.Where(v => v.Key != key || v.Value != value));

    /// <summary>Returns an address with this query.</summary>
    public string At(string path)
    {
        var text = new StringBuilder(path);
        char separator = '?';
        foreach ((string key, string value) in _values)
        {
            text.Append(separator).Append(Uri.EscapeDataString(key)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return text.ToString();
    }

    /// <summary>Hidden fields of a form, for the keys that its other fields do not have.</summary>
    public Html Hidden(params string[] except)
        => Html.Of($"{_values.Where(v => !except.Contains(v.Key)).Select(v => Html.Of($"<input type=\"hidden\" name=\"{v.Key}\" value=\"{v.Value}\">"))}");
}
