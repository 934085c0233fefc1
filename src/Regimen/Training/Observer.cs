using Regimen.Runs;

namespace Regimen.Training;

/// <summary>An observer as a config asks for it: a record whose properties are its keys, with an <see cref="ObserverAttribute"/> that gives its
/// name. One that fails during a run is reported once and left out from then on; the run continues.</summary>
public abstract record Observer
{
    /// <summary>The observer of a run that begins or resumes. It is disposed at the run's end where it can be.</summary>
    /// <param name="context">The run.</param>
    public abstract ITrainObserver Create(ObserverContext context);
}

/// <summary>On a record that derives from <see cref="Observer"/>: its properties are the keys of an element of <c>observers</c>.</summary>
/// <param name="name">The name a config chooses it by.</param>
public sealed class ObserverAttribute(string name) : CatalogAttribute(name);

/// <summary>The run that an observer is created for.</summary>
/// <param name="Folder">The run's folder, absolute. An observer may write files of its own there.</param>
/// <param name="From">The point that a resumed run continues from; epoch 0, step 0 for a new run. A file that the observer wrote may hold
/// more than that: it is the observer's to cut back.</param>
/// <param name="Warn">Writes a warning to the run's log.</param>
/// <param name="Time">The time provider.</param>
public sealed record ObserverContext(string Folder, Progress From, Action<string> Warn, TimeProvider Time);
