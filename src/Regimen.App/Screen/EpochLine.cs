using System.Globalization;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.App.Screen;

/// <summary>Formats an epoch as a row, the same on a terminal and in a pipe.</summary>
/// <param name="metrics">The metrics besides the loss, as <c>val.accuracy</c>: the first metric of the task, and those that decide about the
/// run.</param>
internal sealed class EpochLine(IReadOnlyList<string> metrics)
{
    public const string BestMark = "best";

    private const int LeastWidth = 10;
    private const string EpochColumn = "epoch";

    /// <summary>The row of column names.</summary>
    public string Heading => string.Create(
        CultureInfo.InvariantCulture,
        $"{EpochColumn,9}  {"train loss",10}  {"val loss",10}  {string.Concat(metrics.Select(m => $"{Name(m).PadLeft(Width(m))}  "))}{"time",7}");

    /// <summary>Formats the row of an epoch.</summary>
    public string Of(TrainEvent.EpochEnded ended, int epochs)
    {
        string epoch = string.Create(CultureInfo.InvariantCulture, $"{ended.Train.At.Epoch}/{epochs}");
        string values = string.Concat(metrics.Select(m => $"{Value(ended, m).PadLeft(Width(m))}  "));
        return $"{epoch,9}  {DisplayText.Number(ended.Train.Loss),10}  {DisplayText.Number(ended.Validation?.Loss),10}  {values}{Duration(ended.Train.EpochSeconds ?? 0),7}";
    }

    public static string Duration(double seconds) => seconds switch
    {
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60}:{(int)seconds % 60:00} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00} h"),
    };

    private static string Name(string metric) => metric.Replace('.', ' ');

    private static int Width(string metric) => Math.Max(LeastWidth, metric.Length);

    private static string Value(TrainEvent.EpochEnded ended, string metric)
    {
        string[] parts = metric.Split('.', 2);
        Pass? pass = parts[0] == Pass.Train ? ended.Train : ended.Validation;
        return DisplayText.Metric(parts[1], pass?.Value(parts[1]));
    }
}
