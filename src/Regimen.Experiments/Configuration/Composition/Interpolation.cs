using System.Text;
using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>Text with references in it: <c>${model.hidden}</c> stands for the value of that key, <c>${env:NAME}</c> for an environment
/// variable, and <c>$${</c> for the two characters themselves.</summary>
internal static partial class Interpolation
{
    private const string Opening = "${";
    private const string Escaped = "$${";

    /// <summary>Whether there is anything to resolve in a value, however deep.</summary>
    public static bool IsIn(ConfigNode node) => node switch
    {
        ScalarNode scalar => scalar.Text.Contains(Opening, StringComparison.Ordinal),
        SequenceNode sequence => sequence.Items.Any(IsIn),
        MappingNode mapping => mapping.Entries.Any(e => IsIn(e.Value)),
        _ => false,
    };

    /// <summary>What in a value can't be taken apart, if there is such a thing.</summary>
    public static ScalarNode? FindMalformed(ConfigNode node) => node switch
    {
        ScalarNode scalar => Parse(scalar.Text) is null ? scalar : null,
        SequenceNode sequence => sequence.Items.Select(FindMalformed).FirstOrDefault(m => m is not null),
        MappingNode mapping => mapping.Entries.Select(e => FindMalformed(e.Value)).FirstOrDefault(m => m is not null),
        _ => null,
    };

    /// <summary>A text as it must be written so that nothing in it is taken for a reference.</summary>
    public static string Escape(string text) => YamlText.WithoutReferences(text);

    /// <summary>Takes a text apart into what is written and what is referred to.</summary>
    /// <returns>Null where it can't be, as a brace is missing or there is no name.</returns>
    public static IReadOnlyList<InterpolationPart>? Parse(string text)
    {
        var parts = new List<InterpolationPart>();
        var literal = new StringBuilder();
        int at = 0;
        while (at < text.Length)
        {
            ReadOnlySpan<char> rest = text.AsSpan(at);
            if (rest.StartsWith(Escaped, StringComparison.Ordinal))
            {
                literal.Append(Opening);
                at += Escaped.Length;
            }
            else if (!rest.StartsWith(Opening, StringComparison.Ordinal))
            {
                literal.Append(text[at++]);
            }
            else if (ReferencePattern().Match(text, at) is { Success: true } reference)
            {
                AddLiteral(parts, literal);
                parts.Add(new InterpolationPart(reference.Groups["name"].Value, IsReference: true));
                at += reference.Length;
            }
            else
            {
                return null;
            }
        }

        AddLiteral(parts, literal);
        return parts;
    }

    private static void AddLiteral(List<InterpolationPart> parts, StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            parts.Add(new InterpolationPart(literal.ToString(), IsReference: false));
            literal.Clear();
        }
    }

    [GeneratedRegex(@"\G\$\{(?<name>env:[A-Za-z_][A-Za-z0-9_]*|[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*)\}")]
    private static partial Regex ReferencePattern();
}

/// <summary>A part of a text: what is written, or what is referred to.</summary>
/// <param name="Text">The text itself, or the key or <c>env:NAME</c>.</param>
/// <param name="IsReference">Which of the two it is.</param>
internal readonly record struct InterpolationPart(string Text, bool IsReference);
