using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Regimen.Data;

/// <summary>Parses numbers from UTF-8 text. The result is the nearest double, as returned by <see cref="double.Parse(string)"/>.</summary>
internal static class CsvNumber
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private const int MostDecimals = 27;

    /// <summary>The powers of ten that a double represents exactly.</summary>
    private static readonly double[] Powers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>10^−decimals as 128 bits with the highest one set, rounded up.</summary>
    private static readonly UInt128[] Reciprocals = [.. Enumerable.Range(0, MostDecimals + 1).Select(Reciprocal)];

    /// <summary>Parses a number with an optional sign, decimal point and exponent, without separators.</summary>
    /// <returns>Whether the text is a number. Infinity and NaN count as numbers, as for <see cref="double.Parse(string)"/>.</returns>
    /// <remarks>Integers up to 2^53 and powers of ten up to 10^22 are exact as doubles, so one division rounds once, to nearest (Clinger,
    /// "How to Read Floating Point Numbers Accurately", 1990). Longer integers are multiplied by 128 bits of the reciprocal (Lemire,
    /// "Number Parsing at a Gigabyte per Second", 2021). Everything else is parsed by the framework.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryParse(ReadOnlySpan<byte> text, out double number)
    {
        int at = 0;
        bool negative = false;
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+')
        {
            negative = text[0] == (byte)'-';
            at = 1;
        }

        ulong digits = 0;
        int first = at;
        ReadDigits(text, ref at, ref digits);
        int count = at - first;
        int decimals = 0;
        if (at < text.Length && text[at] == (byte)'.')
        {
            first = ++at;
            ReadDigits(text, ref at, ref digits);
            count += at - first;
            decimals = at - first;
        }

        // At most 19 digits fit into 64 bits.
        if (at == text.Length && count is > 0 and <= 19 && decimals <= MostDecimals)
        {
            number = digits <= 1UL << 53 && decimals < Powers.Length ? digits / Powers[decimals] : Nearest(digits, decimals);
            number = negative ? -number : number;
            return true;
        }

        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Reads all following digits, eight at a time, then one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadDigits(ReadOnlySpan<byte> text, ref int at, ref ulong digits)
    {
        const ulong high = 0xF0F0F0F0F0F0F0F0;
        while (text.Length - at >= 8)
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
            if (((eight & high) | (((eight + 0x0606060606060606) & high) >> 4)) != 0x3333333333333333)
            {
                break;
            }

            // Combine pairs of digits, then pairs of two digits, then pairs of four.
            eight -= 0x3030303030303030;
            eight = (eight * 10) + (eight >> 8);
            eight = (((eight & 0x000000FF000000FF) * (100 + (1_000_000UL << 32))) + (((eight >> 16) & 0x000000FF000000FF) * (1 + (10_000UL << 32)))) >> 32;
            digits = (digits * 100_000_000) + eight;
            at += 8;
        }

        uint digit;
        while (at < text.Length && (digit = (uint)text[at] - '0') <= 9)
        {
            digits = (digits * 10) + digit;
            at++;
        }
    }

    /// <summary>Returns the double nearest to digits · 10^−decimals, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Nearest(ulong digits, int decimals)
    {
        if (digits == 0)
        {
            return 0;
        }

        int zeros = BitOperations.LeadingZeroCount(digits);
        UInt128 reciprocal = Reciprocals[decimals];
        ulong high = Math.BigMul(digits << zeros, (ulong)(reciprocal >> 64), out ulong low);
        if ((high & 0x1FF) == 0x1FF)
        {
            // The lower bits decide the rounding, so include the lower half of the reciprocal.
            ulong more = Math.BigMul(digits << zeros, (ulong)reciprocal, out _);
            low += more;
            high += low < more ? 1UL : 0;
        }

        // Keep one bit more than the 53 of a double, for rounding.
        int upper = (int)(high >> 63);
        ulong mantissa = high >> (upper + 9);
        int exponent = ((217706 * -decimals) >> 16) + 63 + upper - zeros + 1023;
        if (low <= 1 && decimals <= 4 && (mantissa & 3) == 1 && mantissa << (upper + 9) == high)
        {
            mantissa--;
        }

        mantissa = (mantissa + (mantissa & 1)) >> 1;
        if (mantissa == 1UL << 53)
        {
            (mantissa, exponent) = (1UL << 52, exponent + 1);
        }

        return BitConverter.UInt64BitsToDouble((mantissa & ((1UL << 52) - 1)) | ((ulong)exponent << 52));
    }

    private static UInt128 Reciprocal(int decimals)
    {
        BigInteger power = BigInteger.Pow(5, decimals);
        return decimals == 0
            ? UInt128.One << 127
            : (UInt128)((BigInteger.One << ((int)power.GetBitLength() + 127)) / power) + 1;
    }
}
