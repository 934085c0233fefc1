using Regimen.Runs;

namespace Regimen.Training;

/// <summary>The options of an observer in a config: a record whose properties are its keys, with an <see cref="ObserverAttribute"/> that gives its
/// name. If the observer fails during a run, the failure is reported once, the observer receives no further events, and the run continues.</summary>
public abstract record Observer
{
    /// <summary>Returns the reasons why the observer can't observe a training; empty if it can. They are told before the run begins.</summary>
    /// <param name="options">The options of the training.</param>
    public virtual IEnumerable<Problem> Check(TrainOptions options) => [];

    /// <summary>Creates the observer for a run that begins or resumes. If it is disposable, it is disposed at the run's end.</summary>
    /// <param name="context">The run.</param>
    public abstract ITrainObserver Create(ObserverContext context);
}

/// <summary>Registers a record that derives from <see cref="Observer"/>: its properties are the keys of an element of <c>observers</c>.</summary>
/// <param name="name">The name of the observer in a config.</param>
public sealed class ObserverAttribute(string name) : CatalogAttribute(name);

/// <summary>The run that an observer is created for.</summary>
/// <param name="Folder">The run's folder, absolute. An observer may write files of its own there.</param>
/// <param name="From">The point that a resumed run continues from; epoch 0, step 0 for a new run. A file that the observer wrote earlier may
/// hold later entries: the observer must truncate it.</param>
/// <param name="Warn">Writes a warning to the run's log.</param>
/// <param name="Time">The time provider.</param>
public sealed record ObserverContext(string Folder, Progress From, Action<string> Warn, TimeProvider Time);
