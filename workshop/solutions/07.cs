using System.Text.RegularExpressions;

namespace Workshop.Solutions;

public static class Step07
{
    public static (string Key, string Value) Split(string argument)
    {
        int at = argument.IndexOf('=');
        return at > 0 ? (argument[..at], argument[(at + 1)..]) : throw new FormatException($"{argument}: expected key=value");
    }

    public static Dictionary<string, string> Merge(IReadOnlyList<Dictionary<string, string>> layers)
    {
        var merged = new Dictionary<string, string>(layers[0]);
        foreach ((string key, string value) in layers.Skip(1).SelectMany(l => l))
        {
            if (!merged.ContainsKey(key))
            {
                throw new ArgumentException($"{key}: unknown key; expected one of {string.Join(", ", merged.Keys)}");
            }

            merged[key] = value;
        }

        return merged;
    }

    public static Dictionary<string, string> Resolve(Dictionary<string, string> config)
    {
        return config.Keys.ToDictionary(key => key, key => ValueOf(key, []));

        // The keys on the way are remembered: a reference to one of them would never end.
        string ValueOf(string key, string[] way)
        {
            if (!config.TryGetValue(key, out string? text) || way.Contains(key))
            {
                throw new ArgumentException($"{key}: {(text is null ? "unknown key" : "refers to itself")}");
            }

            return Regex.Replace(text, @"\$\{([^}]*)\}", reference => ValueOf(reference.Groups[1].Value, [.. way, key]));
        }
    }
}
