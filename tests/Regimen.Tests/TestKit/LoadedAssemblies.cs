using Regimen.Training;

namespace Regimen.Tests.TestKit;

/// <summary>Writes the names of the process's assemblies to <c>assemblies.txt</c> at the end of a training.</summary>
[Observer("loaded_assemblies")]
public sealed record LoadedAssemblies : Observer
{
    public override ITrainObserver Create(ObserverContext context) => new Writer(Path.Combine(context.Folder, "assemblies.txt"));

    private sealed class Writer(string path) : ITrainObserver
    {
        public void Observe(TrainEvent trainEvent)
        {
            if (trainEvent is TrainEvent.Ended)
            {
                File.WriteAllLines(path, AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name!));
            }
        }
    }
}
