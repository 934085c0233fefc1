using System.Globalization;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The bookkeeping of a training: progress, history, best weights, times, and events for the observers.</summary>
internal sealed class TrainingRun(
    TrainSetup setup, TrainPlan plan, TrainingState state, ObserverGroup observers, IReadOnlyList<MetricName> metrics, TimeProvider time, RankedTraining? ranks = null) : IDisposable
{
    private readonly TrainOptions _options = setup.Options;
    private readonly EarlyStoppingOptions _stopping = setup.Options.EarlyStopping ?? new EarlyStoppingOptions();
    private readonly EarlyStoppingTracker _tracker = Tracker(setup.Options.EarlyStopping ?? new EarlyStoppingOptions(), metrics);
    private readonly PlateauTracker? _scheduleTracker = setup.Options.Schedule.Watches is null ? null : new PlateauTracker();
    private readonly MonitorMode _scheduleMode = setup.Options.Schedule.Watches is { } monitor ? MonitoredMetric.ModeOf(monitor, metrics) : MonitorMode.Min;
    private readonly EpochClock _clock = new(time);
    private readonly TimeLimit? _time = setup.Options.MaxMinutes is { } minutes ? new(minutes) : null;
    private readonly BestCopy _best = new(state);
    private EarlyStoppingDecision _decision = new(null, Improved: false, StopReason: null);
    private Progress? _lastValidated;

    public TrainingState State => state;

    /// <summary>The names of the values that each step has beside its loss.</summary>
    public IReadOnlyList<string> StepValues => setup.StepValues;

    /// <summary>Whether no further step will be taken.</summary>
    public bool IsOver => (ranks?.HasEnd ?? WantsEnd) || _decision.StopReason is not null || state.At.Step >= plan.TotalSteps;

    /// <summary>Whether the time is over, or an observer ends the training.</summary>
    public bool WantsEnd => _time is { IsOver: true } || observers.Stop is not null;

    /// <summary>The number of steps, 0 or 1, that were taken and are not recorded yet.</summary>
    public int Ahead { get; set; }

    /// <summary>The next step to take.</summary>
    public long NextStep => state.At.Step + Ahead + 1;

    /// <summary>Whether a validation within the epoch is due at this step.</summary>
    public bool ValidationIsDue => Ahead == 0 && ValidatesAt(state.At.Step);

    /// <summary>Whether a validation within the epoch follows a step.</summary>
    public bool ValidatesAt(long step) => _options.ValidateEverySteps is { } every && step % every == 0;

    /// <summary>Whether the current weights have been validated.</summary>
    public bool IsValidated => _lastValidated == state.At;

    /// <summary>Returns the fewest and the most threads that a step had; null where the number is fixed.</summary>
    public Func<ThreadRange?> Threads { get; set; } = () => null;

    /// <summary>The epoch to begin or continue with.</summary>
    public int FirstEpoch { get; private set; } = 1;

    /// <summary>Raises <see cref="TrainEvent.Started"/>, after restoring the state to resume from, if any.</summary>
    /// <exception cref="RequestException">The saved state does not fit the model or the optimizer, or a stream does not return what it returned before.</exception>
    public void Start(ResumePoint? from)
    {
        state.UpToNow = UpToNow;
        if (setup.Train.Stream is { } stream)
        {
            stream.Start(_options.Seed, plan.SamplesBefore(from?.At ?? default), plan.TotalSamples, from?.StreamDigest);
            state.StreamDigest = () => stream.DigestBefore(plan.SamplesBefore(state.At));
        }

        if (from is not null)
        {
            ResumeFrom(from);
        }

        observers.Send(new TrainEvent.Started(plan, state.At) { Setup = setup });
    }

    /// <summary>Whether an epoch has steps left, or only its validation, which an interruption prevented.</summary>
    public bool HasWork(int epoch) => epoch <= plan.Epochs && (!IsOver || epoch == state.At.Epoch);

    /// <summary>Begins an epoch or continues it.</summary>
    /// <returns>The number of the epoch's steps already taken.</returns>
    public long BeginEpoch(int epoch)
    {
        if (state.At.Epoch != epoch)
        {
            state.At = state.At with { Epoch = epoch };
            state.Running = default;
        }

        _clock.StartTraining();
        return state.At.Step - ((epoch - 1) * plan.StepsPerEpoch);
    }

    /// <summary>The learning rate of the next step.</summary>
    /// <exception cref="WorkFailedException">The schedule returned a factor that is negative or not finite.</exception>
    public double NextLr(double lr)
    {
        double factor = _options.Schedule.FactorWithWarmup(
            new(NextStep, state.At.Epoch, plan.StepsPerEpoch, plan.TotalSteps) { Lr = lr, Watched = _scheduleTracker, WatchedMode = _scheduleMode });
        return double.IsFinite(factor) && factor >= 0 ? lr * factor : throw new WorkFailedException(new Problem($"The schedule {_options.Schedule.GetType().Name} returned an invalid factor")
        {
            Where = $"{state.At with { Step = NextStep }}",
            Expected = "a finite number from 0 up",
            Received = factor.ToString(CultureInfo.InvariantCulture),
        });
    }

    public void StepTaken(StepLoss loss, double lr, int samples, double? gradientNorm) => StepTaken(loss.Value, loss.Weight, loss.Parts, lr, samples, gradientNorm);

    public void StepTaken(float loss, double? weight, IReadOnlyList<double> parts, double lr, int samples, double? gradientNorm)
    {
        state.At = state.At with { Step = state.At.Step + 1 };
        state.Running = state.Running.With(loss, lr, samples, weight, parts);
        observers.Send(new TrainEvent.StepTaken(state, loss, lr, samples) { GradientNorm = gradientNorm, Parts = parts });
        CheckTime();
        ranks?.Agree();
    }

    public void Validated(Func<EvaluationResult> evaluate, CancellationToken cancellationToken)
    {
        state.ThrowUnlessFinite();
        state.Running = _clock.PauseTraining(state.Running);
        state.Average?.PutWithStatistics(state.At, cancellationToken);
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
        observers.Send(new TrainEvent.Validated(state, pass, result, _decision.Improved));
        ranks?.Agree();
        state.Average?.Put(averaged: false);
        _clock.StartTraining();
    }

    public void EndEpoch(CancellationToken cancellationToken)
    {
        if (!IsValidated)
        {
            state.ThrowUnlessFinite();
            state.Running = _clock.PauseTraining(state.Running);
        }

        state.Average?.PutWithStatistics(state.At, cancellationToken);
        RunningEpoch epoch = UpToNow();
        var pass = new Pass
        {
            At = state.At,
            Split = Pass.Train,
            Samples = epoch.Samples,
            Loss = epoch.LossTimesSamples / epoch.Divisor,
            Metrics = Parts(epoch),
            Lr = epoch.Lr,
            Seconds = epoch.TrainedSeconds,
            EpochSeconds = epoch.Seconds,
        };
        _clock.EndEpoch();
        state.Running = default;
        Add(pass);
        Pass? validation = IsValidated ? state.History.Last(Pass.Validation) : null;
        observers.Send(new TrainEvent.EpochEnded(state, pass, validation, state.Best?.At == state.At));
        ranks?.Agree();
        state.Average?.Put(averaged: false);
    }

    /// <summary>Ends a training that was not interrupted.</summary>
    /// <exception cref="WorkFailedException">A monitored value or the validation loss was not finite; the observers have received <see cref="TrainEvent.Ended"/>.</exception>
    public TrainResult End()
    {
        if (NotFinite() is { } problem)
        {
            End(TrainStatus.Failed, problem.Message);
            throw new WorkFailedException(problem);
        }

        // The time first: a verification ends with the recorded step, whatever early stopping says about the validation after it.
        return (_time?.Reason(state.At.Step) ?? _decision.StopReason ?? observers.Stop?.Reason) is { } reason
            ? End(TrainStatus.StoppedEarly, reason)
            : End(TrainStatus.Finished, state.At.Epoch >= plan.Epochs ? "all epochs completed" : "all steps completed");
    }

    public TrainResult End(TrainStatus status, string reason)
    {
        if (status == TrainStatus.Interrupted && state.At.Epoch > 1 && state.At.Step == (state.At.Epoch - 1) * plan.StepsPerEpoch)
        {
            // The training was stopped before the first step of an epoch: record the end of the previous epoch.
            state.At = state.At with { Epoch = state.At.Epoch - 1 };
        }

        state.Average?.Put(averaged: true);
        bool restore = RestoresBest && status != TrainStatus.Interrupted;
        if (restore)
        {
            _best.Restore();
        }

        bool hasBest = status != TrainStatus.Interrupted && state.Best is not null && (restore || state.Best?.At == state.At);
        var result = new TrainResult(status, reason, state.At, state.Best, hasBest, state.History, _clock.Seconds)
        {
            Threads = Threads(),
            StoppedBy = status != TrainStatus.StoppedEarly ? null : _time is { IsOver: true } ? TrainOptions.TimeLimit : _decision.StopReason is null ? observers.Stop?.Observer : null,
        };
        observers.Send(new TrainEvent.Ended(state, result));
        return result;
    }

    public void Dispose() => _best.Dispose();

    /// <summary>Whether a run that ends now restores earlier weights.</summary>
    private bool RestoresBest => _options.EarlyStopping is { RestoreBest: true } && state.Best is { } best && best.At != state.At;

    /// <summary>Returns the problem if a run that ends now has failed: a monitored value was never finite, or the validation loss of its final
    /// weights is not finite. Null if it has not failed.</summary>
    private Problem? NotFinite()
    {
        if (_tracker.NeverFinite)
        {
            return FiniteCheck.NeverFinite(_stopping.Monitor, state.History);
        }

        if (_scheduleTracker is { Count: > 0, HasFinite: false })
        {
            return FiniteCheck.NeverFinite(_options.Schedule.Watches!, state.History);
        }

        Pass? validation = state.History.ValidationOf(RestoresBest ? state.Best!.At : state.At);
        return validation is null ? null : FiniteCheck.OfLoss(validation);
    }

    /// <summary>Restores the state to resume from. All other state follows from the progress and the history.</summary>
    private void ResumeFrom(ResumePoint from)
    {
        NamedTensors.CopyInto(state.Model.state_dict(), from.Model, "The weights do not fit the model");
        state.RestoreOptimizers(from);
        state.Average?.Restore(from.Averages, from.Averaged);
        (state.At, state.History, state.Running) = (from.At, from.History, from.Running);
        FirstEpoch = from.EpochHasEnded ? from.At.Epoch + 1 : from.At.Epoch;
        foreach (Pass pass in state.History.Passes)
        {
            Read(pass);
        }

        CheckTime();
        _decision = _tracker.Decide(mayStop: _options.EarlyStopping is not null) with { Improved = false };
        state.Best = _decision.Best;
        if (_options.EarlyStopping is { RestoreBest: true } && state.Best is { } best)
        {
            _best.Resume(best, from.Best);
        }
    }

    /// <summary>Returns the mean of each part of the loss over an epoch.</summary>
    private OrderedDictionary<string, double> Parts(RunningEpoch epoch)
        => new(setup.StepValues.Zip(epoch.Parts ?? [], (name, sum) => KeyValuePair.Create(name, sum / epoch.Divisor)));

    /// <summary>Returns the sums over the epoch so far, with its times up to now.</summary>
    private RunningEpoch UpToNow() => _clock.UpToNow(state.Running);

    private void Add(Pass pass)
    {
        state.History = state.History.With(pass);
        if (Read(pass))
        {
            Decide();
        }
    }

    /// <summary>Notes that the time is over, if steps are left.</summary>
    private void CheckTime() => _time?.Check(state.At.Step < plan.TotalSteps, UpToNow().Seconds);

    /// <summary>Stores the values of a pass that later decisions need, so that they do not have to read the whole history.</summary>
    /// <returns>Whether the pass has the value that early stopping monitors.</returns>
    private bool Read(Pass pass)
    {
        _time?.Add(pass.EpochSeconds ?? 0);
        if (pass.Split == Pass.Validation)
        {
            _lastValidated = pass.At;
        }

        if (_options.Schedule.Watches is { } monitor && pass.ValueOf(monitor) is { } scheduled)
        {
            _scheduleTracker!.Add(scheduled);
        }

        if (pass.ValueOf(_stopping.Monitor) is { } monitored)
        {
            _tracker.Add(pass.At, monitored);
            return true;
        }

        return false;
    }

    /// <summary>Updates the best weights and decides whether to stop.</summary>
    private void Decide()
    {
        _decision = _tracker.Decide(mayStop: _options.EarlyStopping is not null);
        state.Best = _decision.Best;
        if (_decision.Improved && _options.EarlyStopping is { RestoreBest: true })
        {
            _best.Take();
        }
    }

    private static EarlyStoppingTracker Tracker(EarlyStoppingOptions options, IReadOnlyList<MetricName> metrics)
        => new(options, options.Mode ?? MonitoredMetric.ModeOf(options.Monitor, metrics));
}
