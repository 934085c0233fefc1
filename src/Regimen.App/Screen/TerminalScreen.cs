using Regimen.Training;
using Spectre.Console;

namespace Regimen.App.Screen;

/// <summary>Shows a training on a terminal: a header, a progress bar, a row per epoch, and the results at the end. It draws no frames, because
/// a terminal that is made narrower wraps lines and would break them.</summary>
internal sealed class TerminalScreen(IAnsiConsole console, Page page, TimeProvider time) : IScreen
{
    private const int LabelWidth = 9;
    private readonly LiveProgress _progress = new(time);
    private EpochLine _line = new([]);
    private LiveLine? _live;
    private int _epochs;

    public T Show<T>(RunHeader header, Func<T> work)
    {
        _line = new EpochLine(header.Metrics);
        foreach ((string name, string value) in header.Lines)
        {
            page.Field(name, value, LabelWidth);
        }

        page.Line();
        using (_live = LiveLine.Begin(console, _progress.Draw, time))
        {
            return work();
        }
    }

    public bool NeedsStateOf(long step) => false;

    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _epochs = started.Plan.Epochs;
                _progress.Begin(started);
                _live!.Above(() => page.Cells([new Cell(_line.Heading, Page.LabelStyle)]));
                break;
            case TrainEvent.StepTaken step:
                _progress.Step(step);
                break;
            case TrainEvent.EpochEnded ended:
                _live!.Above(() => page.Cells([_line.Of(ended, _epochs), .. ended.Improved ? [new Cell($"  {EpochLine.BestMark}", new Style(Color.Green))] : (Cell[])[]]));
                break;
        }
    }

    public void Summarize(RunSummary summary)
    {
        page.Line();
        page.Heading(summary.Outcome);
        int width = summary.Rows.Max(r => r.Name.Length);
        foreach ((string name, string value) in summary.Rows)
        {
            page.Field(name, value, width);
        }
    }
}
