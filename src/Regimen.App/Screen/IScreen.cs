using Regimen.Training;

namespace Regimen.App.Screen;

/// <summary>Shows a run to whoever watches it.</summary>
internal interface IScreen : ITrainObserver
{
    /// <summary>Shows the header and then whatever happens while <paramref name="work"/> runs.</summary>
    T Show<T>(RunHeader header, Func<T> work);

    /// <summary>Shows how it ended and where everything is.</summary>
    void Summarize(RunSummary summary);
}

/// <summary>How a run ended, for people.</summary>
/// <param name="Outcome">One sentence.</param>
/// <param name="Rows">Name and value, in order.</param>
internal sealed record RunSummary(string Outcome, IReadOnlyList<(string Name, string Value)> Rows);
