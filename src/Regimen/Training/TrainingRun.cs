using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>What a training keeps account of beside the weights: moment, history, the best so far, time, and who is told.</summary>
internal sealed class TrainingRun(
    TrainSetup setup, TrainPlan plan, TrainingState state, IReadOnlyList<ITrainObserver> observers, IReadOnlyList<MetricName> metrics, TimeProvider time) : IDisposable
{
    private readonly TrainOptions _options = setup.Options;
    private readonly EarlyStoppingOptions _watch = setup.Options.EarlyStopping ?? new EarlyStoppingOptions();
    private readonly EarlyStoppingTracker _course = Tracker(setup.Options.EarlyStopping ?? new EarlyStoppingOptions(), metrics);
    private readonly PlateauTracker? _watchedBySchedule = setup.Options.Schedule.Watches is null ? null : new PlateauTracker();
    private readonly MonitorMode _modeOfSchedule = setup.Options.Schedule.Watches is { } monitor ? MonitoredMetric.ModeOf(monitor, metrics) : MonitorMode.Min;
    private readonly ITrainObserver[] _gradientObservers = [.. observers.Where(o => o.NeedsGradients)];
    private readonly long _start = time.GetTimestamp();
    private WeightsSnapshot? _best;
    private EarlyStoppingDecision _decision = new(null, Improved: false, StopReason: null);
    private Progress? _lastValidated;
    private long _lastEpochEnd;
    private long? _trainingSince;
    private (string Reason, string Observer)? _stopped;
    private bool _hasEnded;

    public TrainingState State => state;

    /// <summary>Whether no further step is to be taken.</summary>
    public bool IsOver => _decision.StopReason is not null || _stopped is not null || state.At.Step >= plan.TotalSteps;

    /// <summary>Whether validation comes now, inside the epoch.</summary>
    public bool ValidationIsDue => _options.ValidateEverySteps is { } every && state.At.Step % every == 0;

    /// <summary>Whether the weights as they are have been validated.</summary>
    public bool IsValidated => _lastValidated == state.At;

    /// <summary>The epoch to begin with, or to go on with.</summary>
    public int FirstEpoch { get; private set; } = 1;

    /// <summary>Tells that training begins: anew, or where another stood.</summary>
    /// <exception cref="RequestException">What was saved does not fit model or optimizer.</exception>
    public void Start(ResumePoint? from)
    {
        _lastEpochEnd = _start;
        state.UpToNow = UpToNow;
        if (from is not null)
        {
            GoOn(from);
        }

        Tell(new TrainEvent.Started(plan, state.At) { Setup = setup });
    }

    /// <summary>Whether there is anything to do in an epoch: steps, or only the validation at its end that an interruption left out.</summary>
    public bool HasWork(int epoch) => epoch <= plan.Epochs && (!IsOver || epoch == state.At.Epoch);

    /// <summary>Begins an epoch, or goes on inside it.</summary>
    /// <returns>Steps of it that were taken before.</returns>
    public long BeginEpoch(int epoch)
    {
        if (state.At.Epoch != epoch)
        {
            state.At = state.At with { Epoch = epoch };
            state.Running = default;
        }

        _trainingSince = time.GetTimestamp();
        return state.At.Step - ((epoch - 1) * plan.StepsPerEpoch);
    }

    /// <summary>The learning rate of the next step.</summary>
    public double NextLr(double lr) => lr * _options.Schedule.FactorAt(
        new(state.At.Step + 1, state.At.Epoch, plan.StepsPerEpoch, plan.TotalSteps) { Lr = lr, Watched = _watchedBySchedule, WatchedMode = _modeOfSchedule });

    /// <summary>Whether an observer asks for gradients.</summary>
    public bool NeedsGradients => _gradientObservers.Length > 0;

    public void GradientsComputed(double norm)
    {
        foreach (ITrainObserver observer in _gradientObservers)
        {
            observer.Observe(new TrainEvent.GradientsComputed(state, norm));
        }
    }

    public void StepTaken(float loss, double lr, int samples, double? gradientNorm)
    {
        state.At = state.At with { Step = state.At.Step + 1 };
        state.Running = state.Running.With(loss, lr, samples);
        Tell(new TrainEvent.StepTaken(state, loss, lr, samples) { GradientNorm = gradientNorm });
    }

    public void Validated(Func<EvaluationResult> evaluate)
    {
        state.ThrowUnlessFinite();
        PauseTraining();
        long before = time.GetTimestamp();
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
        Add(pass);
        Tell(new TrainEvent.Validated(state, pass, result, _decision.Improved));
        _trainingSince = time.GetTimestamp();
    }

    public void EndEpoch()
    {
        if (!IsValidated)
        {
            state.ThrowUnlessFinite();
            PauseTraining();
        }

        RunningEpoch epoch = UpToNow();
        var pass = new Pass
        {
            At = state.At,
            Split = Pass.Train,
            Samples = epoch.Samples,
            Loss = epoch.LossTimesSamples / epoch.Samples,
            Lr = epoch.Lr,
            Seconds = epoch.TrainedSeconds,
            EpochSeconds = epoch.Seconds,
        };
        _trainingSince = null;
        _lastEpochEnd = time.GetTimestamp();
        state.Running = default;
        Add(pass);
        Pass? validation = IsValidated ? state.History.Last(Pass.Validation) : null;
        Tell(new TrainEvent.EpochEnded(state, pass, validation, state.Best?.At == state.At));
    }

    /// <summary>Ends a training that nothing interrupted.</summary>
    /// <exception cref="WorkFailedException">The values that decide about the run were not finite; the observers have received <see cref="TrainEvent.Ended"/>.</exception>
    public TrainResult End()
    {
        if (NotFinite() is { } problem)
        {
            End(TrainStatus.Failed, problem.Message);
            throw new WorkFailedException(problem);
        }

        return (_decision.StopReason ?? _stopped?.Reason) is { } reason
            ? End(TrainStatus.StoppedEarly, reason)
            : End(TrainStatus.Finished, state.At.Epoch >= plan.Epochs ? "all epochs were made" : "all steps were made");
    }

    public TrainResult End(TrainStatus status, string reason)
    {
        if (status == TrainStatus.Interrupted && state.At.Epoch > 1 && state.At.Step == (state.At.Epoch - 1) * plan.StepsPerEpoch)
        {
            // It was stopped before the first step of an epoch: it stands at the end of the epoch before.
            state.At = state.At with { Epoch = state.At.Epoch - 1 };
        }

        bool restore = RestoresBest && status != TrainStatus.Interrupted;
        if (restore)
        {
            (_best ?? throw BestIsLost()).Restore();
        }

        bool hasBest = status != TrainStatus.Interrupted && state.Best is not null && (restore || state.Best?.At == state.At);
        var result = new TrainResult(status, reason, state.At, state.Best, hasBest, state.History, time.GetElapsedTime(_start).TotalSeconds)
        {
            StoppedBy = status == TrainStatus.StoppedEarly && _decision.StopReason is null ? _stopped?.Observer : null,
        };
        _hasEnded = true;
        Tell(new TrainEvent.Ended(state, result));
        return result;
    }

    /// <summary>Tells the observers of the exception that ends the training.</summary>
    public void Fail(Exception exception)
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        foreach (ITrainObserver observer in observers)
        {
            try
            {
                observer.Observe(new TrainEvent.Failed(state, exception));
            }
#pragma warning disable CA1031 // The caller receives the exception that ended the training; one that follows from it must not hide it.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    public void Dispose() => _best?.Dispose();

    /// <summary>Whether a run that ends now goes back to earlier weights.</summary>
    private bool RestoresBest => _options.EarlyStopping is { RestoreBest: true } && state.Best is { } best && best.At != state.At;

    /// <summary>Why a run that ends now has failed: a watched value that was never finite, or a validation loss of its weights that is
    /// not; null where it has not.</summary>
    private Problem? NotFinite()
    {
        if (_course.NeverFinite)
        {
            return FiniteCheck.NeverFinite(_watch.Monitor, state.History);
        }

        if (_watchedBySchedule is { Count: > 0, HasFinite: false })
        {
            return FiniteCheck.NeverFinite(_options.Schedule.Watches!, state.History);
        }

        Pass? validation = state.History.ValidationOf(RestoresBest ? state.Best!.At : state.At);
        return validation is null ? null : FiniteCheck.OfLoss(validation);
    }

    /// <summary>Takes over where another training stood. Everything else follows from the moment and the history.</summary>
    private void GoOn(ResumePoint from)
    {
        NamedTensors.CopyInto(state.Model.state_dict(), from.Model, "The weights do not fit the model");
        state.Optimizer.Restore(from.At.Step, from.OptimizerState);
        (state.At, state.History, state.Running) = (from.At, from.History, from.Running);
        FirstEpoch = from.EpochHasEnded ? from.At.Epoch + 1 : from.At.Epoch;
        foreach (Pass pass in state.History.Passes)
        {
            Read(pass);
        }

        _decision = _course.Decide(mayStop: _options.EarlyStopping is not null) with { Improved = false };
        state.Best = _decision.Best;
        if (_options.EarlyStopping is { RestoreBest: true } && state.Best is { } best)
        {
            FlatParameters parameters = state.Optimizer.Parameters;
            _best = best.At == state.At
                ? new WeightsSnapshot(state.Model, parameters)
                : from.Best is { } weights ? new WeightsSnapshot(state.Model, parameters, weights) : null;
        }
    }

    /// <summary>What the epoch has gathered, its times counted to this instant.</summary>
    private RunningEpoch UpToNow()
    {
        double training = _trainingSince is { } since ? time.GetElapsedTime(since).TotalSeconds : 0;
        return state.Running with
        {
            TrainedSeconds = state.Running.TrainedSeconds + training,
            Seconds = state.Running.Seconds + time.GetElapsedTime(_lastEpochEnd).TotalSeconds,
        };
    }

    private void PauseTraining()
    {
        if (_trainingSince is { } since)
        {
            state.Running = state.Running with { TrainedSeconds = state.Running.TrainedSeconds + time.GetElapsedTime(since).TotalSeconds };
            _trainingSince = null;
        }
    }

    private void Add(Pass pass)
    {
        state.History = state.History.With(pass);
        if (Read(pass))
        {
            Decide();
        }
    }

    /// <summary>Notes what later decisions need of a pass, so that none of them reads the history again.</summary>
    /// <returns>Whether it has the value that decides about stopping and the best weights.</returns>
    private bool Read(Pass pass)
    {
        if (pass.Split == Pass.Validation)
        {
            _lastValidated = pass.At;
        }

        if (_options.Schedule.Watches is { } monitor && pass.ValueOf(monitor) is { } followed)
        {
            _watchedBySchedule!.Add(followed);
        }

        if (pass.ValueOf(_watch.Monitor) is { } watched)
        {
            _course.Add(pass.At, watched);
            return true;
        }

        return false;
    }

    /// <summary>Finds the best and decides about stopping.</summary>
    private void Decide()
    {
        _decision = _course.Decide(mayStop: _options.EarlyStopping is not null);
        state.Best = _decision.Best;
        if (_decision.Improved && _options.EarlyStopping is { RestoreBest: true })
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

    private WorkFailedException BestIsLost() => new(new Problem("The run ended, but its best weights are not to be had any more")
    {
        Where = state.Best!.At.ToString(),
        Hint = "Resume from a checkpoint whose best is whole, or train again.",
    });

    private void Tell(TrainEvent trainEvent)
    {
        foreach (ITrainObserver observer in observers)
        {
            observer.Observe(trainEvent);
        }

        foreach (ITrainObserver observer in observers)
        {
            if (_stopped is null && observer.StopReason is { } reason)
            {
                _stopped = (reason, observer is GuardedObserver guarded ? guarded.Name : observer.GetType().Name);
            }
        }
    }

    private static EarlyStoppingTracker Tracker(EarlyStoppingOptions options, IReadOnlyList<MetricName> metrics)
        => new(options, options.Mode ?? MonitoredMetric.ModeOf(options.Monitor, metrics));
}
