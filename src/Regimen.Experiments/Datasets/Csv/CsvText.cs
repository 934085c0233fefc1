using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Regimen.Datasets;

/// <summary>Checks that bytes are UTF-8 text, and counts its lines.</summary>
internal static class CsvText
{
    /// <summary>Returns the length of the bytes without a character that is cut off at their end.</summary>
    public static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= Math.Min(3, bytes.Length) && bytes[^back] >= 0x80; back++)
        {
            if (bytes[^back] >= 0xC0)
            {
                return bytes.Length - back;
            }
        }

        return bytes.Length;
    }

    /// <summary>Returns the first problem of bytes that should be text, and its position; null if they are UTF-8 without a zero byte.</summary>
    public static (Problem Problem, int At)? Check(ReadOnlySpan<byte> text)
    {
        int zero = text.IndexOf((byte)0);
        int wrong = Utf8.IsValid(text) ? text.Length : FirstInvalid(text);
        if (zero >= 0 && zero < wrong)
        {
            return (new Problem("The file is not text")
            {
                Received = "a zero byte",
                Hint = "Save the table as UTF-8 text. Export a spreadsheet as \"CSV UTF-8\".",
            }, zero);
        }

        return wrong == text.Length ? null : (new Problem("The file is not UTF-8")
        {
            Received = string.Create(CultureInfo.InvariantCulture, $"the byte 0x{text[wrong]:X2}"),
            Hint = "Save it as UTF-8.",
        }, wrong);
    }

    /// <summary>Counts line ends: <c>\n</c>, <c>\r\n</c> or <c>\r</c>.</summary>
    public static int LineEnds(ReadOnlySpan<byte> text)
    {
        int count = 0;
        for (int at; (at = text.IndexOfAny((byte)'\n', (byte)'\r')) >= 0; count++)
        {
            text = text[(at + (text[at..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }

        return count;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && Rune.DecodeFromUtf8(text[at..], out _, out int length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}
