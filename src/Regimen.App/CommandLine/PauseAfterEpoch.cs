using Regimen.Training;

namespace Regimen.App.CommandLine;

/// <summary>Stops a run with a checkpoint when it has trained an epoch. A run that ends with that epoch is not stopped: it ends, and is tested. The
/// first step of the next epoch shows that it does not.</summary>
internal sealed class PauseAfterEpoch(int epoch, CancellationTokenSource stop) : ITrainObserver
{
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.StepTaken step && step.State.At.Epoch > epoch)
        {
            stop.Cancel();
        }
    }
}
