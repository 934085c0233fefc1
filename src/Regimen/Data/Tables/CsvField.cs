using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Data;

/// <summary>The text of a CSV field (RFC 4180): its quotes, and the white space around it.</summary>
internal static class CsvField
{
    /// <summary>The byte order mark. It also occurs inside a file that was concatenated from several files.</summary>
    private const int ByteOrderMark = 0xFEFF;

    /// <summary>Removes the quotes of a quoted field, and unescapes doubled quotes.</summary>
    /// <param name="text">The field.</param>
    /// <param name="memory">The buffer for unescaped text.</param>
    /// <returns>False if a quote is misplaced.</returns>
    public static bool TryUnquote(ref ReadOnlySpan<byte> text, ref byte[] memory)
    {
        if (!text.Contains((byte)'"'))
        {
            return true;
        }

        if (text.Length < 2 || text[0] != (byte)'"' || text[^1] != (byte)'"')
        {
            return false;
        }

        text = text[1..^1];
        if (!text.Contains((byte)'"'))
        {
            return true;
        }

        if (memory.Length < text.Length)
        {
            memory = new byte[text.Length];
        }

        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'"' && (++i == text.Length || text[i] != (byte)'"'))
            {
                return false;
            }

            memory[length++] = text[i];
        }

        text = memory.AsSpan(0, length);
        return true;
    }

    /// <summary>Removes white space and byte order marks around a field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
        => text.IsEmpty || (text[0] is > 32 and < 0x80 && text[^1] is > 32 and < 0x80) ? text : TrimSpaces(text);

    private static ReadOnlySpan<byte> TrimSpaces(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\v\f\r\n"u8);
        return text.IsEmpty || (text[0] < 0x80 && text[^1] < 0x80) ? text : TrimUnicode(text);
    }

    private static ReadOnlySpan<byte> TrimUnicode(ReadOnlySpan<byte> text)
    {
        while (Rune.DecodeFromUtf8(text, out Rune first, out int length) == OperationStatus.Done && (Rune.IsWhiteSpace(first) || first.Value == ByteOrderMark))
        {
            text = text[length..];
        }

        while (Rune.DecodeLastFromUtf8(text, out Rune last, out int length) == OperationStatus.Done && (Rune.IsWhiteSpace(last) || last.Value == ByteOrderMark))
        {
            text = text[..^length];
        }

        return text;
    }

    /// <summary>Shortens text for a message.</summary>
    public static string Short(ReadOnlySpan<byte> text) => Short(Encoding.UTF8.GetString(text.Length <= 200 ? text : text[..200]));

    /// <inheritdoc cref="Short(ReadOnlySpan{byte})"/>
    public static string Short(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}
