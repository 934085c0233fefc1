using Regimen.Engine;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>Reads the loss of a step on a GPU when the next step has been given to it, so that it always has work. Losses, their order and the state that
/// observers see are as without it.</summary>
/// <remarks>
/// Step s is recorded (<see cref="TrainEvent.StepTaken"/>) after the backward pass of s + 1 was begun and before its update: the weights are those after
/// s. Statistics of batch norms are already those of s + 1, so a step is recorded at once if an observer looks at more than its numbers
/// (<see cref="ITrainObserver.NeedsStateOf"/>), if a validation or the end of the epoch follows, and at a stop. A loss that is not finite ends the
/// training after the update of its own step, with the message of that step.
/// </remarks>
internal sealed class LateSteps : IDisposable
{
    private readonly TrainingRun _run;
    private readonly StepLoss _loss;
    private readonly ObserverGroup _observers;
    private readonly TrainPlan _plan;
    private readonly HostSlot _value;
    private readonly HostSlot _norm;
    private Kept? _kept;

    private LateSteps(TrainingRun run, StepLoss loss, ObserverGroup observers, TrainPlan plan, Device device)
    {
        (_run, _loss, _observers, _plan, _value, _norm) = (run, loss, observers, plan, new HostSlot(device), new HostSlot(device));
        loss.KeepOnDevice();
    }

    /// <summary>Returns the reading of late losses, where it pays: by one process on a GPU, whose loss is one number.</summary>
    public static LateSteps? For(TrainSetup setup, TrainingRun run, StepLoss loss, ObserverGroup observers, TrainPlan plan, RankedTraining? ranks, bool? isWanted)
        => (isWanted ?? setup.Train.Device.type == DeviceType.CUDA) && ranks is null && setup.Objective.Parts.Count == 0 && !Arithmetic.IsPortable
            ? new LateSteps(run, loss, observers, plan, setup.Train.Device)
            : null;

    /// <summary>Records the step before, if that has not been done.</summary>
    /// <param name="isAhead">Whether the pass through the model of the next step has begun.</param>
    /// <exception cref="WorkFailedException">Its loss, or the norm of its gradients, is not finite.</exception>
    public void Record(bool isAhead = false)
    {
        if (_kept is not { } kept)
        {
            return;
        }

        _kept = null;
        float value = kept.IsOnDevice ? kept.Loss.Of(_value.Read()) : kept.Loss.Value;
        FiniteGuard.Loss(value, kept.At);
        double? norm = _norm.IsAwaited ? _norm.Read() : kept.Norm;
        if (norm is { } known && !double.IsFinite(known))
        {
            throw FiniteGuard.OfNorm(known, kept.At);
        }

        (_run.Ahead, _run.State.IsAhead) = (0, isAhead);
        _run.StepTaken(value, kept.Loss.Weight, [], kept.Lr, kept.Samples, norm);
        _run.State.IsAhead = false;
    }

    /// <summary>Records the step before at a stop, whose update has been made.</summary>
    public void RecordAtStop()
    {
        try
        {
            Record();
        }
        catch (Exception exception)
        {
            _observers.Fail(_run.State, exception);
            throw;
        }
    }

    /// <summary>Orders the norm of the gradients.</summary>
    public void Order(Tensor norm) => _norm.Order(norm);

    /// <summary>Keeps a step whose update was made, to be recorded during the next one; at once if that can't be.</summary>
    /// <param name="at">The step.</param>
    /// <param name="lr">Its learning rate.</param>
    /// <param name="samples">Its number of samples.</param>
    /// <param name="norm">The norm of its gradients, if it is known already.</param>
    public void Keep(Progress at, double lr, int samples, double? norm)
    {
        Tensor? onDevice = _loss.Kept;
        if (onDevice is not null)
        {
            _value.Order(onDevice);
        }

        _kept = new Kept(at, new KeptLoss(_loss.Value, _loss.Factor, _loss.Weight), onDevice is not null, lr, samples, norm);
        _run.Ahead = 1;
        if (at.Step % _plan.StepsPerEpoch == 0 || at.Step >= _plan.TotalSteps || _run.ValidatesAt(at.Step) || _observers.NeedsStateOf(at.Step))
        {
            Record();
        }
    }

    public void Dispose()
    {
        _value.Dispose();
        _norm.Dispose();
    }

    /// <summary>A loss of which a part is still to be read.</summary>
    /// <param name="Value">The part that is known.</param>
    /// <param name="Factor">The factor of the whole.</param>
    /// <param name="Weight">The sum of the weights of the step.</param>
    private readonly record struct KeptLoss(float Value, double Factor, double? Weight)
    {
        /// <summary>Returns the loss, as <see cref="StepLoss"/> adds it up.</summary>
        public float Of(float read) => Factor == 1 ? read + Value : (float)((read + Value) * Factor);
    }

    private sealed record Kept(Progress At, KeptLoss Loss, bool IsOnDevice, double Lr, int Samples, double? Norm);
}
