using System.Globalization;
using Regimen.Evaluation;
using Regimen.Training;

namespace Regimen.App.Screen;

/// <summary>One epoch as a row: the same on a terminal and in a pipe.</summary>
internal static class EpochLine
{
    public const string BestMark = "best";

    /// <summary>In place of a metric that is not a number.</summary>
    public const string Undefined = "undefined";

    /// <param name="metric">The metric beside the loss.</param>
    public static string Heading(string metric) => string.Create(
        CultureInfo.InvariantCulture, $"{"epoch",9}  {"train loss",10}  {"val loss",9}  {$"val {metric}",12}  {"time",7}");

    public static string Of(TrainEvent.EpochEnded ended, int epochs, string metric)
    {
        string epoch = string.Create(CultureInfo.InvariantCulture, $"{ended.Train.At.Epoch}/{epochs}");
        string value = ended.Validation?.Value(metric) is { } measured ? Value(metric, measured) : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{epoch,9}  {ended.Train.Loss,10:0.00000}  {Or(ended.Validation?.Loss, "0.00000"),9}  {value,12}  {Duration(ended.Train.EpochSeconds ?? 0),7}");
    }

    /// <summary>A metric: those from 0 to 1 in percent, others as they are; one that is not defined says so.</summary>
    /// <param name="metric">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="whyUndefined">Why it is not a number; null for no explanation.</param>
    public static string Value(string metric, double value, string? whyUndefined = null)
        => double.IsNaN(value) ? whyUndefined is null ? Undefined : $"{Undefined} ({whyUndefined})"
        : Metric.Find(metric) is { IsFraction: false } ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0000}")
        : string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.00} %");

    public static string Duration(double seconds) => seconds switch
    {
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60}:{(int)seconds % 60:00} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00} h"),
    };

    private static string Or(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
