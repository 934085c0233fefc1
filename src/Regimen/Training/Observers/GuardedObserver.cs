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
            bool needs = false;
            Try(() =>
            {
                needs = inner.NeedsGradients;
                return null;
            });
            return needs;
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

    public string? StopReason => _isBroken ? null : Try(() => inner.StopReason);

    public void Observe(TrainEvent trainEvent)
    {
        if (!_isBroken)
        {
            Try(() =>
            {
                inner.Observe(trainEvent);
                return (string?)null;
            });
        }
    }

    public void Dispose()
    {
        if (inner is IDisposable disposable)
        {
            Try(() =>
            {
                disposable.Dispose();
                return (string?)null;
            });
        }
    }

    private string? Try(Func<string?> work)
    {
        try
        {
            return work();
        }
#pragma warning disable CA1031 // The observer's own code runs here; any exception is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!_isBroken)
            {
                _isBroken = true;
                warn($"The observer {Name} failed and receives no further events: {exception.Message.Split('\n')[0].TrimEnd()}");
            }

            return null;
        }
    }
}
