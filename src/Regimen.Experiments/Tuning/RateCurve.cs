using System.Globalization;
using Regimen.Curves;
using Regimen.Training;

namespace Regimen.Tuning;

/// <summary>The losses of a range test, and the learning rate that they suggest.</summary>
/// <remarks>The rules are fastai's. The loss is smoothed by an exponential moving average of weight 0.98, corrected for its start. The test ends
/// when the smoothed loss is above four times its minimum. The suggestion is the learning rate at which the smoothed loss falls most steeply
/// over the logarithm of the rate, without the first tenth of the steps and the last five points.</remarks>
internal sealed class RateCurve
{
    /// <summary>The weight of the moving average.</summary>
    public const double SmoothingWeight = 0.98;

    /// <summary>The multiple of the smallest smoothed loss that counts as divergence.</summary>
    public const double DivergesAbove = 4;

    private const int LastOmitted = 5;
    private const int LeastPoints = 3;

    private RateCurve(RateRange range, double[] rates, double[] losses, double[] smoothed, bool diverged)
    {
        (Range, Rates, Losses, Smoothed, HasDiverged) = (range, rates, losses, smoothed, diverged);
        int lowest = Array.IndexOf(smoothed, smoothed.Min());
        (LowestAt, Suggested) = (rates[lowest], Steepest());
    }

    /// <summary>The learning rates that were to be tried.</summary>
    public RateRange Range { get; }

    /// <summary>The learning rate of each step.</summary>
    public IReadOnlyList<double> Rates { get; }

    /// <summary>The loss of each step, before its update.</summary>
    public IReadOnlyList<double> Losses { get; }

    /// <summary>The smoothed losses.</summary>
    public IReadOnlyList<double> Smoothed { get; }

    /// <summary>Whether the test ended because the loss grew.</summary>
    public bool HasDiverged { get; }

    /// <summary>The learning rate of the smallest smoothed loss. Training with it is unstable; a tenth of it is another common choice.</summary>
    public double LowestAt { get; }

    /// <summary>The learning rate of the steepest descent; null if the smoothed loss never falls.</summary>
    public double? Suggested { get; }

    /// <summary>Returns the curve of losses, without training.</summary>
    /// <exception cref="WorkFailedException">There are too few losses.</exception>
    internal static RateCurve Of(RateRange range, IReadOnlyList<double> losses, bool diverged)
    {
        int least = (range.Steps / 10) + LastOmitted + LeastPoints;
        if (losses.Count < least)
        {
            throw new WorkFailedException(new Problem("The loss diverged before a curve could be seen")
            {
                Where = string.Create(CultureInfo.InvariantCulture, $"step {losses.Count}, learning rate {range.At(losses.Count):G3}"),
                Expected = $"at least {least} of {range.Steps} steps",
                Received = $"{losses.Count}",
                Hint = string.Create(CultureInfo.InvariantCulture, $"Begin lower (--from {range.From / 1000:G2}), end lower (--to {range.At(losses.Count) * 10:G2}), or look for the reason with regimen train trainer.clip_norm=1."),
            });
        }

        double[] values = [.. losses];
        double[] rates = [.. Enumerable.Range(1, values.Length).Select(step => range.At(step))];
        return new RateCurve(range, rates, values, Smoothing.Apply(new Curve("loss", null, values, RunClock.Unknown), SmoothingWeight).Values.ToArray(), diverged);
    }

    private double? Steepest()
    {
        // The rates are equidistant on the logarithmic axis, so differences of losses are proportional to slopes.
        int first = Range.Steps / 10;
        (double Slope, int At) steepest = (0, -1);
        for (int i = first; i + 1 < Smoothed.Count - LastOmitted; i++)
        {
            double slope = Smoothed[i + 1] - Smoothed[i];
            steepest = slope < steepest.Slope ? (slope, i) : steepest;
        }

        return steepest.At < 0 ? null : Rates[steepest.At];
    }

    /// <summary>An observer that collects the losses and ends the training when they diverge.</summary>
    internal sealed class Recorder(RateRange range) : ITrainObserver
    {
        private readonly List<double> _losses = [];
        private double _average;
        private double _weights;
        private double _lowest = double.PositiveInfinity;

        public int Count => _losses.Count;

        public string? StopReason { get; private set; }

        public void Observe(TrainEvent trainEvent)
        {
            if (trainEvent is TrainEvent.StepTaken step && StopReason is null)
            {
                _losses.Add(step.Loss);
                _average = (SmoothingWeight * _average) + ((1 - SmoothingWeight) * step.Loss);
                _weights = (SmoothingWeight * _weights) + (1 - SmoothingWeight);
                double smoothed = _average / _weights;
                _lowest = Math.Min(_lowest, smoothed);
                if (smoothed > DivergesAbove * _lowest && _lowest > 0)
                {
                    Diverged();
                }
            }
        }

        public void Diverged() => StopReason = "the loss diverged";

        public RateCurve Finish() => Of(range, _losses, StopReason is not null);
    }
}
