using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Data;

/// <summary>The format of the numbers of a table.</summary>
/// <param name="Decimal">The decimal mark: a point or a comma.</param>
/// <param name="Thousands">The thousands separator; null for none. A space also matches no-break and thin spaces, an apostrophe also matches
/// the typographic one.</param>
internal readonly record struct NumberFormat(char Decimal, char? Thousands)
{
    private const int LongestNumber = 64;

    /// <summary>The format with a decimal point and no thousands separator.</summary>
    public static NumberFormat Plain { get; } = new('.', null);

    /// <summary>Parses a number.</summary>
    /// <returns>Whether the text is a number in this format.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> text, out double number)
        => Decimal == '.' && Thousands is null ? CsvNumber.TryParse(text, out number) : TryParseWritten(text, out number);

    private bool TryParseWritten(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        if (text.Length > LongestNumber)
        {
            return false;
        }

        Span<char> characters = stackalloc char[LongestNumber];
        Span<byte> plain = stackalloc byte[LongestNumber];
        int length = 0;
        int group = 0;
        bool isGrouped = false;
        bool isWhole = true;
        foreach (char c in characters[..Encoding.UTF8.GetChars(text, characters)])
        {
            if (isWhole && IsThousands(c))
            {
                if (group == 0 || (isGrouped ? group is not (2 or 3) : group > 3))
                {
                    return false;
                }

                (group, isGrouped) = (0, true);
                continue;
            }

            if (char.IsAsciiDigit(c))
            {
                group++;
            }
            else if (c is 'e' or 'E' || (c == Decimal && isWhole))
            {
                if (isWhole && isGrouped && group != 3)
                {
                    return false;
                }

                isWhole = false;
            }
            else if (c is not ('+' or '-'))
            {
                return false;
            }

            plain[length++] = c == Decimal ? (byte)'.' : (byte)c;
        }

        return !(isWhole && isGrouped && group != 3) && CsvNumber.TryParse(plain[..length], out number);
    }

    private bool IsThousands(char c) => Thousands switch
    {
        null => false,
        ' ' => c is ' ' or '\u00A0' or '\u2009' or '\u202F',
        '\'' => c is '\'' or '\u2019',
        _ => c == Thousands,
    };
}
