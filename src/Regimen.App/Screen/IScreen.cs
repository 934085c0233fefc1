using Regimen.Training;

namespace Regimen.App.Screen;

/// <summary>Shows a training to the user.</summary>
internal interface IScreen : ITrainObserver
{
    /// <summary>Shows the header, then the progress while <paramref name="work"/> runs.</summary>
    T Show<T>(RunHeader header, Func<T> work);

    /// <summary>Shows the results and the paths of the run's files.</summary>
    void Summarize(RunSummary summary);
}

/// <summary>The summary of a run at its end.</summary>
/// <param name="Outcome">One sentence.</param>
/// <param name="Rows">Names and values, in order.</param>
internal sealed record RunSummary(string Outcome, IReadOnlyList<(string Name, string Value)> Rows);
