using Regimen.Training;

namespace Regimen.App.Screen;

/// <summary>Shows a training as plain lines for pipes and files: without escape codes, wrapping or redrawing.</summary>
internal sealed class PlainScreen(TextWriter output) : IScreen
{
    private int _epochs;
    private EpochLine _line = new([]);

    public T Show<T>(RunHeader header, Func<T> work)
    {
        _line = new EpochLine(header.Metrics);
        foreach ((string name, string value) in header.Lines)
        {
            output.WriteLine($"{name,-9} {value}");
        }

        output.WriteLine();
        return work();
    }

    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _epochs = started.Plan.Epochs;
                output.WriteLine(_line.Heading);
                break;
            case TrainEvent.EpochEnded ended:
                output.WriteLine(ended.Improved ? $"{_line.Of(ended, _epochs)}  {EpochLine.BestMark}" : _line.Of(ended, _epochs));
                output.Flush();
                break;
        }
    }

    public void Summarize(RunSummary summary)
    {
        output.WriteLine();
        output.WriteLine(summary.Outcome);
        int width = summary.Rows.Max(r => r.Name.Length);
        foreach ((string name, string value) in summary.Rows)
        {
            output.WriteLine($"{name.PadRight(width)}  {value}");
        }

        output.Flush();
    }
}
