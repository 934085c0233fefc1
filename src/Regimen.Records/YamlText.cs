using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Regimen;

/// <summary>Writes text into YAML so that readers of YAML 1.1 and 1.2 read it as the same text.</summary>
internal static partial class YamlText
{
    /// <summary>Returns the text unchanged if it is unambiguous, otherwise in double quotes.</summary>
    public static string Quote(string text)
    {
        if (PlainPattern().IsMatch(text) && !WordPattern().IsMatch(text))
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when IsShown(rune) => quoted.Append(rune.ToString()),
                <= 0xFFFF => quoted.Append("\\u").Append(rune.Value.ToString("X4", CultureInfo.InvariantCulture)),
                _ => quoted.Append("\\U").Append(rune.Value.ToString("X8", CultureInfo.InvariantCulture)),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Returns a text with <c>${</c> escaped, so that it is not read as a reference to another key.</summary>
    public static string WithoutReferences(string text) => text.Replace("${", "$${", StringComparison.Ordinal);

    /// <summary>Returns a value in one line (YAML flow style): lists in brackets, mappings in braces.</summary>
    public static string Flow(JsonNode? json) => json switch
    {
        null => "null",
        JsonArray items => $"[{string.Join(", ", items.Select(Flow))}]",
        JsonObject keys => $"{{{string.Join(", ", keys.Select(k => $"{Quote(k.Key)}: {Flow(k.Value)}"))}}}",
        _ when json.GetValueKind() == JsonValueKind.String => Quote(json.GetValue<string>()),
        _ => json.ToJsonString(),
    };

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse);

    [GeneratedRegex("^[A-Za-z_/.][A-Za-z0-9_/.+-]*\\z")]
    private static partial Regex PlainPattern();

    // The texts that match the first pattern but that YAML 1.1 or 1.2 reads as null, a Boolean or a number.
    [GeneratedRegex("^(null|true|false|yes|no|on|off|y|n|\\.nan|\\.inf|\\.[0-9].*|\\.+|---.*)\\z", RegexOptions.IgnoreCase)]
    private static partial Regex WordPattern();
}
