namespace Regimen.Training;

/// <summary>The observers of one training: sends them events, and collects their requests to end it.</summary>
internal sealed class ObserverGroup(IReadOnlyList<ITrainObserver> observers, ITrainProbe? probe = null)
{
    private readonly ITrainObserver[] _withGradients = [.. observers.Where(o => o.NeedsGradients)];
    private bool _hasEnded;

    /// <summary>Whether an observer asks for the gradients of a step.</summary>
    public bool NeedsGradientsOf(long step)
    {
        foreach (ITrainObserver observer in _withGradients)
        {
            if (observer.NeedsGradientsOf(step))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an observer asks for the norms of the batches of a step.</summary>
    public bool NeedsBatchNormsOf(long step)
    {
        foreach (ITrainObserver observer in _withGradients)
        {
            if (observer.NeedsBatchNormsOf(step))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an observer looks at the state after a step.</summary>
    public bool NeedsStateOf(long step) => observers.Any(o => o.NeedsStateOf(step));

    /// <summary>The first reason to end the training, and the observer that gave it; null where no observer has.</summary>
    public (string Reason, string Observer)? Stop { get; private set; }

    /// <summary>Sends an event to every observer in order, then reads their reasons to stop.</summary>
    public void Send(TrainEvent trainEvent)
    {
        _hasEnded |= trainEvent is TrainEvent.Ended;
        TrainPhase? before = probe?.Enter(TrainPhase.Observers);
        foreach (ITrainObserver observer in observers)
        {
            observer.Observe(trainEvent);
        }

        if (before is { } phase)
        {
            probe!.Enter(phase);
        }

        if (trainEvent is TrainEvent.Started)
        {
            return;
        }

        foreach (ITrainObserver observer in observers)
        {
            if (Stop is null && observer.StopReason is { Length: > 0 } reason)
            {
                Stop = (string.Concat(reason.Select(c => char.IsControl(c) ? ' ' : c)), observer is GuardedObserver guarded ? guarded.Name : observer.GetType().Name);
            }
        }
    }

    /// <summary>Sends the gradients of a step to the observers that ask for them.</summary>
    public void SendGradients(TrainEvent.GradientsComputed computed, long step)
    {
        TrainPhase? before = probe?.Enter(TrainPhase.Observers);
        foreach (ITrainObserver observer in _withGradients)
        {
            if (observer.NeedsGradientsOf(step))
            {
                observer.Observe(computed);
            }
        }

        if (before is { } phase)
        {
            probe!.Enter(phase);
        }
    }

    /// <summary>Sends the exception that ends the training, unless the training has ended before.</summary>
    public void Fail(TrainingState state, Exception exception)
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
}
