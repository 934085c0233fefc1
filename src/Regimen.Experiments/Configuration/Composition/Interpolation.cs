using System.Text;
using System.Text.RegularExpressions;

namespace Regimen.Configuration;

/// <summary>Parses text with references: <c>${model.hidden}</c> is the value of that key, <c>${env:NAME}</c> the value of an environment
/// variable, and <c>$${</c> a literal <c>${</c>.</summary>
internal static partial class Interpolation
{
    private const string Opening = "${";
    private const string Escaped = "$${";

    /// <summary>Whether a value contains a reference or an escape, at any depth.</summary>
    public static bool IsIn(ConfigNode node) => node switch
    {
        ScalarNode scalar => scalar.Text.Contains(Opening, StringComparison.Ordinal),
        SequenceNode sequence => sequence.Items.Any(IsIn),
        MappingNode mapping => mapping.Entries.Any(e => IsIn(e.Value)),
        _ => false,
    };

    /// <summary>Finds the first part of a value that has invalid reference syntax; null if there is none.</summary>
    public static ScalarNode? FindMalformed(ConfigNode node) => node switch
    {
        ScalarNode scalar => Parse(scalar.Text) is null ? scalar : null,
        SequenceNode sequence => sequence.Items.Select(FindMalformed).FirstOrDefault(m => m is not null),
        MappingNode mapping => mapping.Entries.Select(e => FindMalformed(e.Value)).FirstOrDefault(m => m is not null),
        _ => null,
    };

    /// <summary>Escapes text so that no part of it is read as a reference.</summary>
    public static string Escape(string text) => YamlText.WithoutReferences(text);

    /// <summary>Splits text into literal parts and references.</summary>
    /// <returns>The parts; null if the syntax is invalid, for example a missing brace or name.</returns>
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

/// <summary>A part of a text: a literal or a reference.</summary>
/// <param name="Text">The literal text, or the key or <c>env:NAME</c> referred to.</param>
/// <param name="IsReference">Whether the part is a reference.</param>
internal readonly record struct InterpolationPart(string Text, bool IsReference);
