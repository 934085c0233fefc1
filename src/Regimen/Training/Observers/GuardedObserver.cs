namespace Regimen.Training;

/// <summary>An observer whose failure does not end the training: it is reported once, and the observer receives nothing from then on.</summary>
internal sealed class GuardedObserver(ITrainObserver inner, Action<string> warn, string? name = null) : ITrainObserver, IDisposable
{
    /// <summary>The name in the record: that of the catalog, or the observer's class.</summary>
    public string Name { get; } = name ?? inner.GetType().Name;

    private bool _isBroken;

    public bool NeedsGradients
    {
        get
        {
            try
            {
                return inner.NeedsGradients;
            }
            catch (Exception exception) when (Report(exception))
            {
                return false;
            }
        }
    }

    public bool NeedsGradientsOf(long step)
    {
        try
        {
            return !_isBroken && inner.NeedsGradientsOf(step);
        }
        catch (Exception exception) when (Report(exception))
        {
            return false;
        }
    }

    public bool NeedsBatchNormsOf(long step)
    {
        try
        {
            return !_isBroken && inner.NeedsBatchNormsOf(step);
        }
        catch (Exception exception) when (Report(exception))
        {
            return false;
        }
    }

    public bool NeedsStateOf(long step)
    {
        try
        {
            return !_isBroken && inner.NeedsStateOf(step);
        }
        catch (Exception exception) when (Report(exception))
        {
            return false;
        }
    }

    /// <summary>Creates an observer and guards it.</summary>
    /// <param name="create">Creates the observer.</param>
    /// <param name="warn">Receives the warning of a failure.</param>
    /// <param name="name">The name in the record; null for the observer's class.</param>
    /// <returns>Null where it could not be created, which has been reported.</returns>
    public static GuardedObserver? Create(Func<ITrainObserver> create, Action<string> warn, string? name = null)
    {
        try
        {
            return new GuardedObserver(create() ?? throw new InvalidOperationException("Create returned null."), warn, name);
        }
#pragma warning disable CA1031 // The observer's own code runs here; whatever it throws is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            warn($"The observer {name ?? "of the program"} could not be created and is left out: {exception.Message.Split('\n')[0].TrimEnd()}");
            return null;
        }
    }

    public string? StopReason
    {
        get
        {
            try
            {
                return _isBroken ? null : inner.StopReason;
            }
            catch (Exception exception) when (Report(exception))
            {
                return null;
            }
        }
    }

    public void Observe(TrainEvent trainEvent)
    {
        try
        {
            if (!_isBroken)
            {
                inner.Observe(trainEvent);
            }
        }
        catch (Exception exception) when (Report(exception))
        {
        }
    }

    public void Dispose()
    {
        try
        {
            (inner as IDisposable)?.Dispose();
        }
        catch (Exception exception) when (Report(exception))
        {
        }
    }

    /// <summary>Reports the first failure. The observer's own code runs here, so any exception is caught.</summary>
    /// <returns>True.</returns>
    private bool Report(Exception exception)
    {
        if (!_isBroken)
        {
            _isBroken = true;
            warn($"The observer {Name} failed and receives no further events: {exception.Message.Split('\n')[0].TrimEnd()}");
        }

        return true;
    }
}
