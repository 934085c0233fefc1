using System.Text.RegularExpressions;

namespace Regimen;

/// <summary>A pattern of names of parameters, such as <c>layer1.*</c> or <c>*.bias</c>: <c>*</c> stands for any characters, dots included, and
/// <c>?</c> for one character. It must match a whole name, or the name of a module, and then everything in the module: <c>layer1</c> matches
/// <c>layer1.conv.weight</c> and not <c>layer10.conv.weight</c>.</summary>
internal sealed class NamePattern
{
    private readonly Regex _regex;

    public NamePattern(string text)
    {
        Text = text;

        // Bounded time whatever the pattern: no backtracking.
        _regex = new Regex($@"\A(?:{Body(text, "[\\s\\S]*")})(?:\.[\s\S]*)?\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Whether a name matches.</summary>
    public bool Matches(string name) => _regex.IsMatch(name);

    /// <summary>Returns a problem if the pattern matches none of the names; null otherwise.</summary>
    /// <param name="key">The config key that has the pattern, for the message.</param>
    /// <param name="names">All names.</param>
    /// <param name="what">The kind of names: "a parameter of the model".</param>
    public Problem? MatchesNothing(string key, IReadOnlyCollection<string> names, string what)
        => names.Any(Matches) ? null : new Problem($"`{Text}` matches no {what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..]}")
        {
            Where = key,
            Expected = $"a pattern that matches {what}: {Listed(names)}",
            Received = Text,
            Hint = Nearest(Text, names) is { } nearest ? $"Did you mean `{nearest}`?" : null,
        };

    /// <summary>Returns the name or module nearest to a pattern, with the pattern's trailing <c>.*</c>; null if none is near.</summary>
    private static string? Nearest(string pattern, IReadOnlyCollection<string> names)
    {
        string suffix = pattern.EndsWith(".*", StringComparison.Ordinal) ? ".*" : pattern.EndsWith('*') ? "*" : string.Empty;
        string stem = pattern[..^suffix.Length];
        string[] candidates = [.. names.SelectMany(Prefixes).Concat(suffix.Length == 0 ? names : []).Distinct()];
        return Spelling.Nearest(stem, candidates) is { } nearest ? nearest + suffix : null;
    }

    /// <summary>Returns the first names, and the number of others.</summary>
    public static string Listed(IReadOnlyCollection<string> names)
    {
        const int shown = 8;
        return names.Count <= shown ? string.Join(", ", names) : $"{string.Join(", ", names.Take(shown))} and {names.Count - shown} more";
    }

    /// <summary>Returns the pattern as a regular expression.</summary>
    internal static string Body(string pattern, string star)
        => Regex.Escape(pattern).Replace(@"\*", star, StringComparison.Ordinal).Replace(@"\?", @"[\s\S]", StringComparison.Ordinal);

    /// <summary>Returns the names of the modules that a parameter is in, from the outermost.</summary>
    private static IEnumerable<string> Prefixes(string name)
    {
        for (int dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            yield return name[..dot];
        }
    }
}
