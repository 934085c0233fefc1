using System.Globalization;

namespace Regimen.App.Screen;

/// <summary>Numbers as people read them: four to five significant digits, in ten columns.</summary>
internal static class DisplayText
{
    /// <summary>What stands where there is no number.</summary>
    public const string None = "-";

    /// <summary>What stands for a metric that is not a number.</summary>
    public const string Undefined = "undefined";

    /// <summary>A number; one that is very large or very small with an exponent.</summary>
    public static string Number(double? value) => value is not { } number ? None : Format(number) is { } format
        ? number.ToString(format, CultureInfo.InvariantCulture)
        : NotFinite(number);

    /// <summary>A value of the data: whole numbers as they are, if they have at most seven digits.</summary>
    public static string Value(double? value) => value is { } number && double.IsInteger(number) && Math.Abs(number) < 1e7
        ? number.ToString("0", CultureInfo.InvariantCulture)
        : Number(value);

    /// <summary>A metric: a share in percent, an error or a correlation as it is; one that is not a number says why.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; null where it was not measured.</param>
    /// <param name="whyUndefined">Why it is not a number; null for no explanation.</param>
    public static string Metric(string name, double? value, string? whyUndefined = null)
        => value is not { } measured ? None
        : double.IsNaN(measured) ? whyUndefined is null ? Undefined : $"{Undefined} ({whyUndefined})"
        : double.IsFinite(measured) && Metrics.MetricName.Find(name) is { IsFraction: true } ? string.Create(CultureInfo.InvariantCulture, $"{measured * 100:0.00} %")
        : Number(measured);

    /// <summary>A count.</summary>
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
