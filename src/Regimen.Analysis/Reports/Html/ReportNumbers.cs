using System.Globalization;

namespace Regimen.Reports;

/// <summary>Formats numbers for reports.</summary>
internal static class ReportNumbers
{
    /// <summary>The text of what is missing.</summary>
    public const string None = "–";

    /// <summary>The built-in metrics from 0 to 1, which are shown in percent.</summary>
    private static readonly HashSet<string> Fractions =
    [
        "accuracy", "top5_accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_micro", "auroc_macro", "average_precision_macro",
        "precision", "recall", "f1", "auroc", "average_precision", "calibration_error", "iou", "dice", "pixel_accuracy",
    ];

    /// <summary>Whether a metric is shown in percent.</summary>
    /// <param name="key">The metric, with or without its split.</param>
    public static bool IsFraction(string key) => Fractions.Contains(key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    /// <summary>Formats a metric.</summary>
    public static string Metric(string key, double? value)
        => value is { } number && double.IsFinite(number) && IsFraction(key) ? Percent(number, 2) : Number(value);

    /// <summary>Formats a fraction in percent.</summary>
    public static string Percent(double value, int decimals = 1)
        => double.IsFinite(value) ? (value * 100).ToString("0." + new string('0', decimals), CultureInfo.InvariantCulture) + " %" : None;

    /// <summary>Formats a number with four to five significant digits.</summary>
    public static string Number(double? value) => value is not { } number ? None : Math.Abs(number) switch
    {
        _ when double.IsNaN(number) => "NaN",
        _ when double.IsInfinity(number) => number > 0 ? "∞" : "−∞",
        0 => "0",
        < 0.001 or >= 1e7 => number.ToString("0.0000e0", CultureInfo.InvariantCulture),
        < 1 => number.ToString("0.00000", CultureInfo.InvariantCulture),
        < 10 => number.ToString("0.0000", CultureInfo.InvariantCulture),
        < 100 => number.ToString("0.000", CultureInfo.InvariantCulture),
        < 1000 => number.ToString("0.00", CultureInfo.InvariantCulture),
        < 10_000 => number.ToString("#,0.0", CultureInfo.InvariantCulture),
        _ => number.ToString("#,0", CultureInfo.InvariantCulture),
    };

    /// <summary>Formats a count.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Formats a count with its noun.</summary>
    public static string Count(long value, string one, string many) => $"{Count(value)} {(value == 1 ? one : many)}";

    /// <summary>Formats a duration.</summary>
    public static string Duration(double? seconds) => seconds is not { } value || !double.IsFinite(value) ? None : value switch
    {
        < 1 => (value * 1000).ToString("0", CultureInfo.InvariantCulture) + " ms",
        < 100 => value.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        < 3599.5 => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(Math.Round(value) / 60):0} min {Math.Round(value) % 60:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(Math.Round(value / 60) / 60):0} h {Math.Round(value / 60) % 60:00} min"),
    };

    /// <summary>Formats a time in UTC.</summary>
    public static string Time(DateTimeOffset? time) => time is { } value ? value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) : None;
}
