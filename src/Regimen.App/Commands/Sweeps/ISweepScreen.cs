using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.App.Commands;

/// <summary>Shows a sweep.</summary>
internal interface ISweepScreen : ISweepObserver
{
    /// <summary>Shows what is searched, runs it, and shows the results.</summary>
    SweepRecord Show(SweepRecord sweep, SweepFolder folder, int jobs, Func<SweepRecord> work);
}

/// <summary>Shows failed trials alone, on standard error.</summary>
internal sealed class SilentSweepScreen(AppHost host) : ISweepScreen
{
    public SweepRecord Show(SweepRecord sweep, SweepFolder folder, int jobs, Func<SweepRecord> work) => work();

    public void Began(SweepRecord sweep, TrialRecord trial)
    {
    }

    public void Ended(SweepRecord sweep, TrialRecord trial)
    {
        if (trial.Error is not null)
        {
            host.Error.WriteLine($"note: {SweepText.Line(sweep, trial)}");
        }
    }

    public void Progressed(SweepRecord sweep, IReadOnlyList<TrialRecord> running)
    {
    }

    public void Note(string text) => host.Error.WriteLine($"note: {text}");
}

/// <summary>Shows a line for each trial that has ended.</summary>
internal sealed class PlainSweepScreen(AppHost host) : ISweepScreen
{
    public SweepRecord Show(SweepRecord sweep, SweepFolder folder, int jobs, Func<SweepRecord> work)
    {
        host.Screen.WriteLine(SweepText.Header(sweep, jobs));
        host.Screen.Flush();
        SweepRecord end = work();
        SweepText.Summary(Page.Of(host), end, RunText.RelativeIfBelow(folder.FullPath, host.WorkingDirectory));
        return end;
    }

    public void Began(SweepRecord sweep, TrialRecord trial)
    {
    }

    public void Ended(SweepRecord sweep, TrialRecord trial)
    {
        host.Screen.WriteLine(SweepText.Line(sweep, trial));
        host.Screen.Flush();
    }

    public void Progressed(SweepRecord sweep, IReadOnlyList<TrialRecord> running)
    {
    }

    public void Note(string text) => host.Error.WriteLine($"note: {text}");
}
