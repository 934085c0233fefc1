using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Is told what happens in a sweep, on one thread.</summary>
public interface ISweepObserver
{
    /// <summary>A trial begins, or goes on.</summary>
    void Began(SweepRecord sweep, TrialRecord trial);

    /// <summary>A trial has ended: it is finished, failed, paused, or waits to go on.</summary>
    void Ended(SweepRecord sweep, TrialRecord trial);

    /// <summary>The state of the trials that are running, several times a minute.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="running">The running trials, with the epochs, steps and best value so far.</param>
    void Progressed(SweepRecord sweep, IReadOnlyList<TrialRecord> running);

    /// <summary>Something that the user should know.</summary>
    void Note(string text);
}
