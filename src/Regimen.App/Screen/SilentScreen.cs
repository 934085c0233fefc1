using Regimen.Training;

namespace Regimen.App.Screen;

/// <summary>A screen without output, for <c>--quiet</c> and <c>--json</c>.</summary>
internal sealed class SilentScreen : IScreen
{
    public T Show<T>(RunHeader header, Func<T> work) => work();

    public void Observe(TrainEvent trainEvent)
    {
    }

    public void Summarize(RunSummary summary)
    {
    }
}
