using System.Globalization;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.SweepFiles;
using Regimen.Sweeps;
using Spectre.Console;

namespace Regimen.App.Commands;

/// <summary>Shows a sweep on a terminal: the trials that run, and the best so far, as a table that is redrawn; failed trials as lines above it.</summary>
internal sealed class LiveSweepScreen(AppHost host) : ISweepScreen
{
    private const int BestRows = 5;
    private LiveDisplayContext? _live;
    private IReadOnlyList<TrialRecord> _running = [];
    private long _start;
    private int _endedBefore;

    public SweepRecord Show(SweepRecord sweep, SweepFolder folder, int jobs, Func<SweepRecord> work)
    {
        var page = Page.Of(host);
        page.Line(SweepText.Header(sweep, jobs));
        _start = host.Time.GetTimestamp();
        _endedBefore = Ended(sweep);
        SweepRecord end = host.Console.Live(Draw(sweep)).AutoClear(true).Start(context =>
        {
            _live = context;
            return work();
        });
        _live = null;
        SweepText.Summary(page, end, RunText.RelativeIfBelow(folder.FullPath, host.WorkingDirectory));
        return end;
    }

    public void Began(SweepRecord sweep, TrialRecord trial)
    {
        _running = [.. _running.Where(t => t.Number != trial.Number), trial];
        Redraw(sweep);
    }

    public void Ended(SweepRecord sweep, TrialRecord trial)
    {
        _running = [.. _running.Where(t => t.Number != trial.Number)];
        if (trial.Error is not null)
        {
            host.Console.Write(new Spectre.Console.Text($"{SweepText.Line(sweep, trial)}\n", new Style(Color.Red)));
        }

        Redraw(sweep);
    }

    public void Progressed(SweepRecord sweep, IReadOnlyList<TrialRecord> running)
    {
        _running = running;
        Redraw(sweep);
    }

    public void Note(string text) => host.Console.Write(new Spectre.Console.Text($"note: {text}\n"));

    private void Redraw(SweepRecord sweep) => _live?.UpdateTarget(Draw(sweep));

    private Rows Draw(SweepRecord sweep)
    {
        var table = new Table().Border(TableBorder.None).AddColumn(new TableColumn("trial").RightAligned());
        foreach (SweepAxis axis in sweep.Plan.Axes)
        {
            table.AddColumn(new TableColumn(new Spectre.Console.Text(axis.Key, Page.LabelStyle)));
        }

        bool hasSeeds = sweep.Plan.Seeds.Count > 1;
        if (hasSeeds)
        {
            table.AddColumn("seed");
        }

        table.AddColumn(new TableColumn(new Spectre.Console.Text(sweep.Plan.Metric, Page.LabelStyle)).RightAligned()).AddColumn(new TableColumn("epochs").RightAligned()).AddColumn(string.Empty);
        foreach (TrialRecord trial in _running.OrderBy(t => t.Number))
        {
            table.AddRow(Cells(sweep, trial, hasSeeds, "running", new Style(Color.Blue)));
        }

        int sign = sweep.Plan.Mode == "min" ? 1 : -1;
        foreach (TrialRecord trial in sweep.Trials.Where(t => t.Value is not null && t.Status is TrialStatus.Finished or TrialStatus.Paused).OrderBy(t => sign * t.Value).ThenBy(t => t.Number).Take(BestRows))
        {
            table.AddRow(Cells(sweep, trial, hasSeeds, trial.Status == TrialStatus.Paused ? "paused" : string.Empty, Style.Plain));
        }

        return new Rows(table, new Spectre.Console.Text(Progress(sweep), Page.LabelStyle));
    }

    private static Spectre.Console.Text[] Cells(SweepRecord sweep, TrialRecord trial, bool hasSeeds, string status, Style style) =>
    [
        new(trial.Number.ToString(CultureInfo.InvariantCulture), style),
        .. sweep.Plan.Axes.Select(a => new Spectre.Console.Text(SweepText.Param(a, trial.Params), style)),
        .. hasSeeds ? [new Spectre.Console.Text(trial.Seed.ToString(CultureInfo.InvariantCulture), style)] : Array.Empty<Spectre.Console.Text>(),
        new(SweepText.Value(trial.Value), style),
        new(trial.Epochs.ToString(CultureInfo.InvariantCulture), style),
        new(status, style),
    ];

    /// <summary>Returns how many trials have ended, and an estimate of the time that is left.</summary>
    private string Progress(SweepRecord sweep)
    {
        int total = sweep.Plan.Points * sweep.Plan.Seeds.Count;
        int ended = Ended(sweep);
        double seconds = host.Time.GetElapsedTime(_start).TotalSeconds;
        int since = ended - _endedBefore;
        string left = sweep.Plan.Rungs.Count == 0 && since > 0 ? $", about {EpochLine.Duration(seconds / since * (total - ended))} left" : string.Empty;
        int failed = sweep.Trials.Count(t => t.Status == TrialStatus.Failed);
        string failures = failed > 0 ? string.Create(CultureInfo.InvariantCulture, $", {failed} failed") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{ended} of {total} trials{failures}, {EpochLine.Duration(seconds)}{left}");
    }

    private static int Ended(SweepRecord sweep) => sweep.Trials.Count(t => t.Status is TrialStatus.Finished or TrialStatus.Failed or TrialStatus.Paused);
}
