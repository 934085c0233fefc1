using Regimen.Training;

namespace Regimen.Tests.TestKit;

/// <summary>Keeps every event, and calls back where a test wants to act in the middle.</summary>
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
