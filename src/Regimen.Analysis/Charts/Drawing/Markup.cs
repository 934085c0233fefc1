using System.Buffers;
using System.Globalization;
using System.Text;

namespace Regimen.Charts;

/// <summary>Text for SVG and HTML: escaped, so that no name or label is ever read as markup.</summary>
internal static class Markup
{
    private const char Replacement = '\uFFFD';

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,:;/()[]{}=+*%#!?@|~^$\n");

    /// <summary>Escapes a text for an element's content or a quoted attribute. Characters that markup can't hold (control characters, halves of a
    /// pair) and those that reverse the direction of the text behind them become U+FFFD.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text) || !text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text ?? string.Empty;
        }

        var escaped = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                escaped.Append(c).Append(text[++i]);
            }
            else
            {
                _ = c switch
                {
                    '&' => escaped.Append("&amp;"),
                    '<' => escaped.Append("&lt;"),
                    '>' => escaped.Append("&gt;"),
                    '"' => escaped.Append("&quot;"),
                    '\'' => escaped.Append("&#39;"),
                    _ => escaped.Append(IsUnsafe(c) ? Replacement : c),
                };
            }
        }

        return escaped.ToString();
    }

    /// <summary>Formats a coordinate: at most one decimal, so that a chart is small and always the same text.</summary>
    public static string Number(double value) => new StringBuilder(8).AppendNumber(value).ToString();

    /// <summary>Appends a coordinate.</summary>
    public static StringBuilder AppendNumber(this StringBuilder text, double value)
    {
        // Whole tenths: a curve has thousands of coordinates, and a format string for each would cost more than the rest of the drawing.
        long tenths = double.IsFinite(value) ? (long)Math.Round(Math.Clamp(value, -1e9, 1e9) * 10) : 0;
        if (tenths < 0)
        {
            text.Append('-');
            tenths = -tenths;
        }

        text.Append(CultureInfo.InvariantCulture, $"{tenths / 10}");
        return tenths % 10 == 0 ? text : text.Append('.').Append((char)('0' + (tenths % 10)));
    }

    /// <summary>Cuts a text to a number of characters, the last of which is then an ellipsis.</summary>
    public static string Shorten(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        int kept = Math.Max(1, length - 1);
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[kept - 1]) ? kept - 1 : kept), "…");
    }

    private static bool IsUnsafe(char c)
        => (char.IsControl(c) && c is not ('\n' or '\t')) || char.IsSurrogate(c) || c is '\uFFFE' or '\uFFFF'
            or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
