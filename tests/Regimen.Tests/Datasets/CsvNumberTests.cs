using System.Globalization;
using System.Text;
using CsCheck;
using Regimen.Data;

namespace Regimen.Tests.Datasets;

/// <summary>Numbers are parsed to the same bits as by double.Parse.</summary>
public sealed class CsvNumberTests
{
    private static readonly string[] Signs = [string.Empty, "-", "+"];

    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    [Fact]
    public void Any_formatted_double_is_parsed_exactly()
        => Gen.Select(Gen.Double, Gen.Int[1, 17]).Sample(
            (number, digits) =>
            {
                Same(number.ToString("R", CultureInfo.InvariantCulture));
                Same(number.ToString($"E{digits}", CultureInfo.InvariantCulture));
                Same((number % 1e6).ToString($"F{digits}", CultureInfo.InvariantCulture));
            },
            iter: 20_000);

    [Fact]
    public void Any_digits_and_decimal_point_are_parsed_as_by_double_Parse()
        => Gen.Select(Gen.Int[0, 24], Gen.Int[0, 30], Gen.Char["0123456789"].Array[1, 30], Gen.Int[0, 2]).Sample(
            (point, zeros, digits, sign) => Same($"{Signs[sign]}{new string(digits).Insert(Math.Min(point, digits.Length), $".{new string('0', zeros)}")}"), iter: 50_000);

    /// <summary>Tests numbers exactly between two doubles, just above and just below. For n of 53 bits, n + 1/2 is an exact decimal.</summary>
    [Fact]
    public void A_number_half_way_between_two_doubles_rounds_to_even()
        => Gen.Select(Gen.ULong[1UL << 50, (1UL << 53) - 1], Gen.Int[0, 3]).Sample(
            (mantissa, shift) =>
            {
                decimal half = (mantissa + 0.5m) / (1 << shift);
                string text = half.ToString(CultureInfo.InvariantCulture);
                Same(text);
                Same($"{text}0");
                Same($"{text}1");
                Same((half - 0.000001m).ToString(CultureInfo.InvariantCulture));
            },
            iter: 50_000);

    [Theory]
    [InlineData("0.1", 0x3FB999999999999AUL)]
    [InlineData("-0", 0x8000000000000000UL)]
    [InlineData("9007199254740993", 0x4340000000000000UL)]
    [InlineData("9007199254740995.0", 0x4340000000000002UL)]
    [InlineData("0.13826430117118466", 0x3FC1B2A505DE052AUL)]
    [InlineData("18446744073709551615", 0x43F0000000000000UL)]
    [InlineData("9999999999999999999", 0x43E158E460913D00UL)]
    [InlineData(".5", 0x3FE0000000000000UL)]
    [InlineData("5.", 0x4014000000000000UL)]
    [InlineData("0.000000000000000000000000001", 0x3A53CE9A36F23C10UL)]
    public void The_result_is_the_nearest_double(string text, ulong bits)
    {
        // The expected bits are from Python: struct.pack('>d', float(text)).hex().
        Assert.True(CsvNumber.TryParse(Encoding.UTF8.GetBytes(text), out double number));
        Assert.Equal($"{bits:X16}", $"{BitConverter.DoubleToUInt64Bits(number):X16}");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("-")]
    [InlineData("+.")]
    [InlineData("1 2")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData("0x10")]
    [InlineData("1e")]
    [InlineData("--1")]
    [InlineData("5%")]
    public void Invalid_numbers_are_rejected(string text) => Assert.False(CsvNumber.TryParse(Encoding.UTF8.GetBytes(text), out _));

    private static void Same(string text)
    {
        bool expected = double.TryParse(text, Style, CultureInfo.InvariantCulture, out double standard);
        bool read = CsvNumber.TryParse(Encoding.UTF8.GetBytes(text), out double number);
        Assert.True(expected == read && BitConverter.DoubleToInt64Bits(standard) == BitConverter.DoubleToInt64Bits(number), $"{text}: {standard:R}, received {number:R}");
    }
}
