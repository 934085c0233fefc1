using System.Globalization;
using Regimen.App.Screen;
using Regimen.Listing;
using Regimen.Runs;
using Spectre.Console;

namespace Regimen.App.Commands;

/// <summary>Writes a table of runs, one line each.</summary>
internal static class RunTable
{
    public const string Started = "started";

    /// <summary>Writes the default columns.</summary>
    public static void Write(Page page, IReadOnlyList<RunRow> runs)
    {
        bool hasTags = runs.Any(r => r.Tags.Count > 0);
        bool hasParents = runs.Any(r => r.Parent is not null);
        Column[] columns =
        [
            new("run"), new("status"), new("epochs", IsNumber: true), new("best", IsNumber: true, LeftOut: 3), new("val loss", IsNumber: true, LeftOut: 1),
            new("metric", LeftOut: 5), new("val", IsNumber: true), new("test", IsNumber: true, LeftOut: 2), new("time", IsNumber: true, LeftOut: 4), new("started", LeftOut: 6),
            .. hasParents ? [new Column("parent", LeftOut: 8)] : Array.Empty<Column>(),
            .. hasTags ? [new Column("tags", LeftOut: 7)] : Array.Empty<Column>(),
        ];
        TextTable.Write(page, columns, runs.Select(r => (Cell[])
        [
            r.ShortName,
            StatusCell(r),
            Epochs(r),
            r.BestEpoch is { } best ? DisplayText.Count(best) : DisplayText.None,
            DisplayText.Number(r.Value("val.loss")),
            r.MainMetric ?? DisplayText.None,
            Value(r, "val"),
            Value(r, "test"),
            r.Seconds is { } seconds ? EpochLine.Duration(seconds) : DisplayText.None,
            r.Started is { } started ? Time(started) : DisplayText.None,
            .. hasParents ? [r.Parent ?? DisplayText.None] : Array.Empty<Cell>(),
            .. hasTags ? [string.Join(", ", r.Tags)] : Array.Empty<Cell>(),
        ]));
    }

    /// <summary>Writes chosen columns, behind the run's short name.</summary>
    public static void Write(Page page, IReadOnlyList<RunRow> runs, IReadOnlyList<RunKey> keys)
    {
        RunValue[][] values = [.. runs.Select(r => keys.Select(k => k.Of(r)).ToArray())];
        TextTable.Write(
            page,
            [new("run"), .. keys.Select((k, i) => new Column(k.Name, IsNumber: values.Any(v => v[i].Number is not null) && k.Name is not (Started or "ended")))],
            runs.Select((r, i) => (Cell[])[r.ShortName, .. keys.Select((k, j) => k.Name == "status" ? StatusCell(r) : Text(k, values[i][j]))]));
    }

    /// <summary>Returns a cell with a run's status, in the status's colour.</summary>
    public static Cell StatusCell(RunRow run) => new(run.Status, run.Recorded switch
    {
        null or RunStatus.Failed => new Style(Color.Red),
        RunStatus.Interrupted => new Style(Color.Yellow),
        RunStatus.Running => new Style(run.IsLive ? Color.Blue : Color.Red),
        _ => (Style?)null,
    });

    /// <summary>Returns the epochs of a run, for one that has not ended out of all: <c>2.4/20</c>.</summary>
    public static string Epochs(RunRow run) => run switch
    {
        { Recorded: RunStatus.Running or RunStatus.Interrupted or RunStatus.Failed, Plan: { StepsPerEpoch: > 0 } plan }
            => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(10.0 * run.Steps / plan.StepsPerEpoch) / 10:0.#}/{plan.Epochs}"),
        { Recorded: null } => DisplayText.None,
        _ => DisplayText.Count(run.Epochs),
    };

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Formats a value of a column: measured values shortly, everything else as it is written.</summary>
    public static string Text(RunKey key, RunValue value) => value switch
    {
        { Text: null } => DisplayText.None,
        { Number: { } number } when key.Name.StartsWith("val.", StringComparison.Ordinal) || key.Name.StartsWith("test.", StringComparison.Ordinal)
            => DisplayText.Metric(key.Name[(key.Name.IndexOf('.', StringComparison.Ordinal) + 1)..], number),
        { Number: { } number } when key.Name == "best" => DisplayText.Number(number),
        { Number: { } number } when key.Name == "seconds" => EpochLine.Duration(number),
        _ => value.Text.ReplaceLineEndings(" "),
    };

    private static string Value(RunRow run, string split)
        => run.MainMetric is { } metric && run.Value($"{split}.{metric}") is { } value ? DisplayText.Metric(metric, value) : DisplayText.None;
}
