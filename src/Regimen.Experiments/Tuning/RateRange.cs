using System.ComponentModel.DataAnnotations;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Training;

namespace Regimen.Tuning;

/// <summary>The learning rates of a range test.</summary>
internal sealed record RateRange
{
    /// <summary>The first learning rate.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double From { get; init; } = 1e-7;

    /// <summary>The last learning rate.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double To { get; init; } = 10;

    /// <summary>The number of steps, each with its own learning rate.</summary>
    [Range(20, 1_000_000)]
    public int Steps { get; init; } = 100;

    /// <summary>Returns the learning rate of a step: each is the one before times a constant.</summary>
    /// <param name="step">The step, from 1.</param>
    public double At(long step) => From * Math.Pow(To / From, (step - 1.0) / (Steps - 1));
}

/// <summary>Trains a model with a growing learning rate until its loss diverges (Smith, "Cyclical learning rates", 2017). Writes nothing.</summary>
internal static class RateRangeTest
{
    /// <summary>Runs the test. Afterwards the model is of no use.</summary>
    /// <param name="experiment">The experiment, whose schedule, validation, early stopping and average are left out.</param>
    /// <param name="range">The learning rates.</param>
    /// <param name="cancellationToken">Ends the test without a result.</param>
    /// <exception cref="RequestException">The range is invalid, or the config does not fit the data.</exception>
    /// <exception cref="WorkFailedException">The training failed for another reason than a loss that grew, or ended before a curve could be seen.</exception>
    /// <exception cref="OperationCanceledException">The test was cancelled.</exception>
    public static RateCurve Run(Experiment experiment, RateRange range, CancellationToken cancellationToken = default)
    {
        OptionsCheck.ThrowUnlessValid(range);
        if (range.From >= range.To)
        {
            throw new RequestException(new Problem("The learning rates do not grow") { Where = "--from, --to", Expected = "a first rate below the last one", Received = $"{range.From} and {range.To}" });
        }

        double own = experiment.Config.Optimizer.Options.Lr;
        if (own <= 0)
        {
            throw new RequestException(new Problem("The optimizer has no learning rate to vary") { Where = "optimizer.lr", Expected = "above 0", Received = $"{own}" });
        }

        TrainOptions config = experiment.Config.ToTrainOptions();
        using DataLoader train = experiment.TrainLoader();
        long perEpoch = TrainPlan.For(config, train).StepsPerEpoch;
        TrainOptions options = config with
        {
            Schedule = new Growing(range, own),
            Epochs = (int)((range.Steps + perEpoch - 1) / perEpoch),
            MaxSteps = range.Steps,
            ValidateEverySteps = null,
            MaxMinutes = null,
            EarlyStopping = null,
            Average = null,
        };
        var curve = new RateCurve.Recorder(range);
        try
        {
            new Trainer(options, [curve]).Fit(experiment.Model, experiment.Objective, experiment.Config.Optimizer.Options, train, validation: null, from: null, cancellationToken);
        }
        catch (WorkFailedException exception) when (curve.Count > 0 && FiniteGuard.IsCauseOf(exception))
        {
            curve.Diverged();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return curve.Finish();
    }

    private sealed record Growing(RateRange Range, double Own) : Schedule
    {
        public override double FactorAt(ScheduleProgress moment) => Range.At(moment.Step) / Own;
    }
}
