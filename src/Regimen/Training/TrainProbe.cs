namespace Regimen.Training;

/// <summary>The kinds of work in a training.</summary>
internal enum TrainPhase
{
    /// <summary>Waiting for the next batch, or preparing it where the loader has no thread of its own.</summary>
    Data,

    /// <summary>The model and the loss.</summary>
    Forward,

    /// <summary>The backward pass.</summary>
    Backward,

    /// <summary>Clipping and the update.</summary>
    Optimizer,

    /// <summary>The run's record, the screen and all other observers.</summary>
    Observers,

    /// <summary>Saving checkpoints, as far as the training waits for it.</summary>
    Checkpoint,

    /// <summary>Validation.</summary>
    Validation,

    /// <summary>Everything else.</summary>
    Other,
}

/// <summary>Is told which kind of work a training turns to. A training without a probe pays one comparison for each change.</summary>
internal interface ITrainProbe
{
    /// <summary>Ends one kind of work and begins another.</summary>
    /// <returns>The kind that ended.</returns>
    TrainPhase Enter(TrainPhase phase);
}

/// <summary>Tells a probe of the work of others.</summary>
internal static class TrainProbe
{
    /// <summary>Tells of the waiting for each item; the items themselves where there is no probe.</summary>
    public static IEnumerable<T> Watch<T>(this ITrainProbe? probe, IEnumerable<T> items) => probe is null ? items : Watched(probe, items);

    private static IEnumerable<T> Watched<T>(ITrainProbe probe, IEnumerable<T> items)
    {
        using IEnumerator<T> source = items.GetEnumerator();
        while (true)
        {
            TrainPhase before = probe.Enter(TrainPhase.Data);
            bool hasNext = source.MoveNext();
            probe.Enter(before);
            if (!hasNext)
            {
                yield break;
            }

            yield return source.Current;
        }
    }
}
