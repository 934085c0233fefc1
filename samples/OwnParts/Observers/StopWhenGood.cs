using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Regimen.Training;

namespace OwnParts.Observers;

/// <summary>Ends a run when its validation loss is low enough.</summary>
[Observer("stop_when_good")]
public sealed record StopWhenGood : Observer
{
    /// <summary>The validation loss that is low enough.</summary>
    [Range(0.0, 1e9)]
    public double Loss { get; init; } = 0.01;

    public override ITrainObserver Create(ObserverContext context) => new Watch(Loss);

    private sealed class Watch(double loss) : ITrainObserver
    {
        public string? StopReason { get; private set; }

        public void Observe(TrainEvent trainEvent)
        {
            if (trainEvent is TrainEvent.Validated { Pass.Loss: var measured } && measured <= loss)
            {
                StopReason = string.Create(CultureInfo.InvariantCulture, $"the validation loss {measured:0.####} is at most {loss:0.####}");
            }
        }
    }
}
