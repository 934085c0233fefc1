using Regimen.Training;

namespace Regimen.Tests.TestKit;

/// <summary>Records every event, and optionally calls back for each.</summary>
internal sealed class EventLog(Action<TrainEvent>? act = null) : ITrainObserver
{
    public List<TrainEvent> Events { get; } = [];

    public float[] Losses => [.. Events.OfType<TrainEvent.StepTaken>().Select(e => e.Loss)];

    public void Observe(TrainEvent trainEvent)
    {
        Events.Add(trainEvent);
        act?.Invoke(trainEvent);
    }
}
