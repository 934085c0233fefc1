using System.Diagnostics;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Training;

namespace Regimen.Tuning;

/// <summary>What training steps of one batch size need.</summary>
/// <param name="BatchSize">The number of samples in a batch.</param>
/// <param name="Samples">The number of training samples.</param>
/// <param name="PeakBytes">The largest resident memory of the process so far, data and program included.</param>
/// <param name="SamplesPerSecond">The speed of the steps after the first; null if there was no time to measure.</param>
internal sealed record BatchMeasurement(int BatchSize, int Samples, long PeakBytes, double? SamplesPerSecond)
{
    /// <summary>The number of steps that are measured after the first one, which allocates the memory.</summary>
    public const int MeasuredSteps = 3;

    /// <summary>Trains a few steps with the config's batch size, or the whole training set if that is smaller, without validation, and measures them. Writes nothing. The peak is that of the
    /// process, so that each size needs a process of its own.</summary>
    /// <param name="experiment">The experiment. Afterwards its model is of no use.</param>
    /// <param name="time">The time provider.</param>
    /// <param name="cancellationToken">Ends the measurement without a result.</param>
    /// <exception cref="WorkFailedException">The training failed.</exception>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static BatchMeasurement Of(Experiment experiment, TimeProvider time, CancellationToken cancellationToken = default)
    {
        int samples = experiment.Data.Train.Count;
        LoaderOptions loader = experiment.Config.Loader with { BatchSize = Math.Min(experiment.Config.Loader.WholeBatchSize, samples), GlobalBatchSize = null };
        using DataLoader train = DataLoader.ForTraining(experiment.Data.Train, loader, experiment.Data.TrainTransforms, experiment.Device);
        TrainOptions options = experiment.Config.ToTrainOptions() with
        {
            Epochs = MeasuredSteps + 1,
            MaxSteps = MeasuredSteps + 1,
            ValidateEverySteps = null,
            MaxMinutes = null,
            EarlyStopping = null,
        };
        var steps = new StepTimes(time);
        new Trainer(options, [steps], time).Fit(experiment.Model, experiment.Objective, experiment.Config.Optimizer.Options, train, validation: null, from: null, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = Process.GetCurrentProcess();
        return new BatchMeasurement(train.BatchSize, samples, process.PeakWorkingSet64, steps.SamplesPerSecond);
    }

    private sealed class StepTimes(TimeProvider time) : ITrainObserver
    {
        private long? _first;
        private long _last;
        private long _samples;

        public double? SamplesPerSecond => _first is { } first && time.GetElapsedTime(first, _last) is { TotalSeconds: > 0 and var seconds } ? _samples / seconds : null;

        public void Observe(TrainEvent trainEvent)
        {
            if (trainEvent is not TrainEvent.StepTaken step)
            {
                return;
            }

            _last = time.GetTimestamp();
            _samples += _first is null ? 0 : step.Samples;
            _first ??= _last;
        }
    }
}
