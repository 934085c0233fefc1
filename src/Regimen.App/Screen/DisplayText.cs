using System.Globalization;

namespace Regimen.App.Screen;

/// <summary>Formats numbers for display: four to five significant digits, in at most ten columns.</summary>
internal static class DisplayText
{
    /// <summary>The text for a missing number.</summary>
    public const string None = "-";

    /// <summary>The text for a metric that is NaN.</summary>
    public const string Undefined = "undefined";

    /// <summary>Formats a number, with an exponent if it is very large or very small.</summary>
    public static string Number(double? value) => value is not { } number ? None : Format(number) is { } format
        ? number.ToString(format, CultureInfo.InvariantCulture)
        : NotFinite(number);

    /// <summary>Formats a value of the data: a whole number of at most seven digits is shown in full.</summary>
    public static string Value(double? value) => value is { } number && double.IsInteger(number) && Math.Abs(number) < 1e7
        ? number.ToString("0", CultureInfo.InvariantCulture)
        : Number(value);

    /// <summary>Formats a metric: a fraction in percent, any other metric as a number; NaN as a word with its reason.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="value">Its value; null if it was not measured.</param>
    /// <param name="whyUndefined">Why it is NaN; null for no explanation.</param>
    public static string Metric(string name, double? value, string? whyUndefined = null)
        => value is not { } measured ? None
        : double.IsNaN(measured) ? whyUndefined is null ? Undefined : $"{Undefined} ({whyUndefined})"
        : double.IsFinite(measured) && Metrics.MetricName.Find(name) is { IsFraction: true } ? string.Create(CultureInfo.InvariantCulture, $"{measured * 100:0.00} %")
        : Number(measured);

    /// <summary>Formats a count.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string? Format(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 0.001 => "0.0000e0",
        < 1 => "0.00000",
        < 10 => "0.0000",
        < 100 => "0.000",
        < 1000 => "0.00",
        < 10_000 => "0.0",
        < 100_000 => "0",
        < double.PositiveInfinity => "0.0000e0",
        _ => null,
    };

    private static string NotFinite(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
}
