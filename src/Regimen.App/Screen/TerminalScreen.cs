using System.Globalization;
using Regimen.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Regimen.App.Screen;

/// <summary>A header, a live bar in the epoch, a line an epoch, a table at the end.</summary>
/// <remarks>A step costs the training a few stores: the bar is drawn by a timer of its own, from what it finds there.</remarks>
internal sealed class TerminalScreen(IAnsiConsole console, TimeProvider time) : IScreen
{
    private const int WidthOfNumbers = 76;
    private readonly Live _live = new();
    private ProgressTask? _task;
    private int _epochs;

    public T Show<T>(RunHeader header, Func<T> work)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string name, string value) in header.Lines)
        {
            grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        }

        console.Write(new Panel(grid).Header("[bold] Regimen [/]").Border(BoxBorder.Rounded).BorderColor(Color.Grey));
        return console.Progress()
            .AutoClear(true)
            .Columns(
                new EpochColumn(_live),
                new ProgressBarColumn { Width = Math.Clamp(console.Profile.Width - WidthOfNumbers, 5, 30), CompletedStyle = new Style(Color.Blue) },
                new RateColumn(_live))
            .Start(context =>
            {
                _task = context.AddTask("training");
                return work();
            });
    }

    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _epochs = started.Plan.Epochs;
                _live.Begin(started, time);
                _task!.MaxValue = started.Plan.StepsPerEpoch;
                console.MarkupLineInterpolated($"[grey]{EpochLine.Heading}[/]");
                break;
            case TrainEvent.StepTaken step:
                _live.Step(step);
                _task!.Value = _live.StepInEpoch;
                break;
            case TrainEvent.EpochEnded ended:
                string line = EpochLine.Of(ended, _epochs);
                if (ended.Improved)
                {
                    console.MarkupLineInterpolated($"{line}  [green]{EpochLine.BestMark}[/]");
                }
                else
                {
                    console.MarkupLineInterpolated($"{line}");
                }

                break;
        }
    }

    public void Summarize(RunSummary summary)
    {
        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).HideHeaders().AddColumn(new TableColumn(string.Empty).NoWrap()).AddColumn(string.Empty);
        foreach ((string name, string value) in summary.Rows)
        {
            table.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
        }

        console.MarkupLineInterpolated($"[bold]{summary.Outcome}[/]");
        console.Write(table);
    }

    /// <summary>What the training leaves for the timer to draw. Torn reads would only show for a tenth of a second.</summary>
    private sealed class Live
    {
        private TimeProvider _time = TimeProvider.System;
        private TrainPlan? _plan;
        private long _start;
        private long _samples;
        private long _step;
        private long _firstStep;
        private double _smoothedLoss;

        public int Epoch { get; private set; }

        public double StepInEpoch => _plan is null ? 0 : _step - ((Epoch - 1) * _plan.StepsPerEpoch);

        public string Loss => _smoothedLoss.ToString("0.0000", CultureInfo.InvariantCulture);

        public string Position => _plan is null || _step == _firstStep
            ? "starting"
            : string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}/{_plan.Epochs}  step {StepInEpoch:0}/{_plan.StepsPerEpoch}");

        public string Rate
        {
            get
            {
                double seconds = _time.GetElapsedTime(_start).TotalSeconds;
                if (_plan is null || _step == _firstStep || seconds <= 0)
                {
                    return string.Empty;
                }

                double left = seconds / (_step - _firstStep) * (_plan.TotalSteps - _step);
                return string.Create(CultureInfo.InvariantCulture, $"loss {Loss}  {_samples / seconds:#,0} samples/s  ≤ {EpochLine.Duration(left)} left");
            }
        }

        public void Begin(TrainEvent.Started started, TimeProvider time)
        {
            (_plan, _time, _start) = (started.Plan, time, time.GetTimestamp());
            (Epoch, _firstStep, _step) = (started.From.Epoch, started.From.Step, started.From.Step);
        }

        public void Step(TrainEvent.StepTaken step)
        {
            _smoothedLoss = _step == _firstStep ? step.Loss : (0.98 * _smoothedLoss) + (0.02 * step.Loss);
            _samples += step.Samples;
            _step = step.State.At.Step;
            Epoch = step.State.At.Epoch;
        }
    }

    private sealed class EpochColumn(Live live) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(live.Position) { Overflow = Overflow.Ellipsis };
    }

    private sealed class RateColumn(Live live) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(live.Rate, new Style(Color.Grey)) { Overflow = Overflow.Ellipsis };
    }
}
