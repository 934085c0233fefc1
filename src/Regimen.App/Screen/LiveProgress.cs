using System.Globalization;
using Regimen.Training;
using Spectre.Console;

namespace Regimen.App.Screen;

/// <summary>Holds the progress of a training for a timer to draw: position, speed and remaining time.</summary>
/// <remarks>A step costs the training a few memory writes. A torn read would be visible for a tenth of a second only.</remarks>
internal sealed class LiveProgress(TimeProvider time)
{
    private const int WidestBar = 30;
    private const int NarrowestBar = 5;
    private TrainPlan? _plan;
    private long _start;
    private long _samples;
    private long _step;
    private long _firstStep;
    private int _epoch;
    private double _smoothedLoss;

    public void Begin(TrainEvent.Started started)
    {
        (_plan, _start) = (started.Plan, time.GetTimestamp());
        (_epoch, _firstStep, _step) = (started.From.Epoch, started.From.Step, started.From.Step);
    }

    public void Step(TrainEvent.StepTaken step)
    {
        _smoothedLoss = _step == _firstStep ? step.Loss : (0.98 * _smoothedLoss) + (0.02 * step.Loss);
        _samples += step.Samples;
        _step = step.State.At.Step;
        _epoch = step.State.At.Epoch;
    }

    /// <summary>Returns one line of at most the given width: position, a bar if there is room, rate. Parts that do not fit are left out from the
    /// right.</summary>
    public Paragraph Draw(int width)
    {
        if (_plan is not { } plan || _step == _firstStep)
        {
            return new Paragraph("starting"[..Math.Min(width, "starting".Length)]);
        }

        double stepInEpoch = _step - ((_epoch - 1) * plan.StepsPerEpoch);
        string position = string.Create(CultureInfo.InvariantCulture, $"epoch {_epoch}/{plan.Epochs}  step {stepInEpoch:0}/{plan.StepsPerEpoch}");
        var line = new Paragraph(Cut(position, width));
        int room = width - position.Length;
        string[] rate = [.. Rate(plan)];
        while (rate.Length > 0 && rate.Sum(r => r.Length + 2) > room)
        {
            rate = rate[..^1];
        }

        int bar = Math.Min(WidestBar, room - rate.Sum(r => r.Length + 2) - 2);
        if (bar >= NarrowestBar)
        {
            int done = (int)(bar * Math.Clamp(stepInEpoch / plan.StepsPerEpoch, 0, 1));
            line.Append("  ").Append(new string('━', done), new Style(Color.Blue)).Append(new string('━', bar - done), new Style(Color.Grey));
        }

        return line.Append(string.Concat(rate.Select(r => $"  {r}")), new Style(Color.Grey));
    }

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..width];

    private IEnumerable<string> Rate(TrainPlan plan)
    {
        double seconds = time.GetElapsedTime(_start).TotalSeconds;
        yield return $"loss {DisplayText.Number(_smoothedLoss)}";
        if (seconds > 0)
        {
            double left = seconds / (_step - _firstStep) * (plan.TotalSteps - _step);
            yield return string.Create(CultureInfo.InvariantCulture, $"{_samples / seconds:#,0} samples/s");
            yield return $"≤ {EpochLine.Duration(left)} left";
        }
    }
}
