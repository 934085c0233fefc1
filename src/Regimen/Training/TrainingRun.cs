using Regimen.Evaluation;

namespace Regimen.Training;

/// <summary>What a training keeps account of beside the weights: moment, history, the best so far, time, and who is told.</summary>
internal sealed class TrainingRun(
    TrainOptions options, TrainPlan plan, TrainingState state, IReadOnlyList<ITrainObserver> observers, TimeProvider time) : IDisposable
{
    private readonly EarlyStoppingOptions _watch = options.EarlyStopping ?? new EarlyStoppingOptions();
    private readonly long _start = time.GetTimestamp();
    private WeightsSnapshot? _best;
    private EarlyStoppingDecision _decision = new(null, Improved: false, StopReason: null);
    private long _lastEpochEnd;
    private TimeSpan _trained;
    private long _trainingSince;
    private double _lossTimesSamples;
    private long _samples;
    private double _lr;

    public TrainingState State => state;

    /// <summary>Whether no further step is to be taken.</summary>
    public bool IsOver => _decision.StopReason is not null || state.At.Step >= plan.TotalSteps;

    /// <summary>Whether validation comes now, inside the epoch.</summary>
    public bool ValidationIsDue => options.ValidateEverySteps is { } every && state.At.Step % every == 0;

    /// <summary>Whether the weights as they are have been validated.</summary>
    public bool IsValidated => state.History.Last(Pass.Validation)?.At == state.At;

    public void Start()
    {
        _lastEpochEnd = _start;
        Tell(new TrainEvent.Started(plan));
    }

    public void BeginEpoch(int epoch)
    {
        state.At = state.At with { Epoch = epoch };
        (_lossTimesSamples, _samples, _trained) = (0, 0, TimeSpan.Zero);
        _trainingSince = time.GetTimestamp();
    }

    public void StepTaken(float loss, double lr, int samples)
    {
        state.At = state.At with { Step = state.At.Step + 1 };
        _lossTimesSamples += (double)loss * samples;
        _samples += samples;
        _lr = lr;
        Tell(new TrainEvent.StepTaken(state, loss, lr, samples));
    }

    public void Validated(Func<EvaluationResult> evaluate)
    {
        long before = time.GetTimestamp();
        _trained += time.GetElapsedTime(_trainingSince, before);
        EvaluationResult result = evaluate();
        var pass = new Pass
        {
            At = state.At,
            Split = Pass.Validation,
            Samples = result.Samples,
            Loss = result.Loss,
            Metrics = result.Metrics,
            Seconds = time.GetElapsedTime(before).TotalSeconds,
        };
        state.History = state.History.With(pass);
        Decide(Pass.Validation);
        Tell(new TrainEvent.Validated(state, pass, result, _decision.Improved));
        _trainingSince = time.GetTimestamp();
    }

    public void EndEpoch()
    {
        if (!IsValidated)
        {
            _trained += time.GetElapsedTime(_trainingSince);
        }

        long now = time.GetTimestamp();
        var pass = new Pass
        {
            At = state.At,
            Split = Pass.Train,
            Samples = _samples,
            Loss = _lossTimesSamples / _samples,
            Lr = _lr,
            Seconds = _trained.TotalSeconds,
            EpochSeconds = time.GetElapsedTime(_lastEpochEnd, now).TotalSeconds,
        };
        _lastEpochEnd = now;
        state.History = state.History.With(pass);
        Decide(Pass.Train);
        Pass? validation = IsValidated ? state.History.Last(Pass.Validation) : null;
        Tell(new TrainEvent.EpochEnded(state, pass, validation, state.Best?.At == state.At));
    }

    /// <summary>Ends a training that nothing interrupted.</summary>
    public TrainResult End() => _decision.StopReason is { } reason
        ? End(TrainStatus.StoppedEarly, reason)
        : End(TrainStatus.Finished, state.At.Epoch >= plan.Epochs ? "all epochs were made" : "all steps were made");

    public TrainResult End(TrainStatus status, string reason)
    {
        bool restore = options.EarlyStopping is { RestoreBest: true } && _best is not null && status != TrainStatus.Interrupted && state.Best?.At != state.At;
        if (restore)
        {
            _best!.Restore();
        }

        bool hasBest = status != TrainStatus.Interrupted && state.Best is not null && (restore || state.Best?.At == state.At);
        var result = new TrainResult(status, reason, state.At, state.Best, hasBest, state.History, time.GetElapsedTime(_start).TotalSeconds);
        Tell(new TrainEvent.Ended(state, result));
        return result;
    }

    public void Dispose() => _best?.Dispose();

    /// <summary>Finds the best and decides about stopping, where the pass is of the split that is watched.</summary>
    private void Decide(string split)
    {
        if (History.Split(_watch.Monitor).Split != split)
        {
            return;
        }

        _decision = EarlyStopping.Decide(_watch, state.History, mayStop: options.EarlyStopping is not null);
        state.Best = _decision.Best;
        if (_decision.Improved && options.EarlyStopping is { RestoreBest: true })
        {
            if (_best is null)
            {
                _best = new WeightsSnapshot(state.Model, state.Optimizer.Parameters);
            }
            else
            {
                _best.Take();
            }
        }
    }

    private void Tell(TrainEvent trainEvent)
    {
        foreach (ITrainObserver observer in observers)
        {
            observer.Observe(trainEvent);
        }
    }
}
