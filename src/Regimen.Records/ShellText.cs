using System.Text.RegularExpressions;

namespace Regimen;

/// <summary>Writes settings as a person can type them into a shell (sh or bash; zsh wants brackets in quotes): the shell passes them on unchanged, and the reader of
/// configs takes them for the values that are meant.</summary>
public static partial class ShellText
{
    /// <summary>A setting whose value is a text.</summary>
    public static string Setting(string key, string value) => Word($"{key}={Text(value)}");

    /// <summary>A setting whose value is a list of texts.</summary>
    public static string Setting(string key, IEnumerable<string> values) => Word($"{key}={List(values)}");

    /// <summary>A list of texts in YAML.</summary>
    public static string List(IEnumerable<string> values) => $"[{string.Join(",", values.Select(Text))}]";

    /// <summary>Anything as one word of a shell: as it is where that is safe, else in single quotes.</summary>
    public static string Word(string text)
        => SafePattern().IsMatch(text) ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Text(string value) => YamlText.Quote(YamlText.WithoutReferences(value));

    [GeneratedRegex(@"^[A-Za-z0-9_./:,@%+\-][A-Za-z0-9_./:=,@%+\[\]\-]*\z")]
    private static partial Regex SafePattern();
}
