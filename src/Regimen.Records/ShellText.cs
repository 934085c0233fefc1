using System.Text.RegularExpressions;

namespace Regimen;

/// <summary>Writes settings as they can be typed into a shell: sh and bash pass them on unchanged, and the config reader parses them to
/// the original values. (zsh needs brackets in quotes.)</summary>
internal static partial class ShellText
{
    /// <summary>Returns a setting with a text as its value.</summary>
    public static string Setting(string key, string value) => Word($"{key}={Text(value)}");

    /// <summary>Returns a setting with a list of texts as its value.</summary>
    public static string Setting(string key, IEnumerable<string> values) => Word($"{key}={List(values)}");

    /// <summary>Returns a list of texts in YAML.</summary>
    public static string List(IEnumerable<string> values) => $"[{string.Join(",", values.Select(Text))}]";

    /// <summary>Returns a text as one word for a shell: unchanged if it is safe, otherwise in single quotes.</summary>
    public static string Word(string text)
        => SafePattern().IsMatch(text) ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Text(string value) => YamlText.Quote(YamlText.WithoutReferences(value));

    [GeneratedRegex(@"^[A-Za-z0-9_./:,@%+\-][A-Za-z0-9_./:=,@%+\[\]\-]*\z")]
    private static partial Regex SafePattern();
}
