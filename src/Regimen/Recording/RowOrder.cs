using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>The order in which the passes of a training become rows of metrics.jsonl: an epoch's row comes before that of the validation at
/// its end, which happens first.</summary>
internal sealed class RowOrder
{
    private TrainPlan? _plan;
    private Pass? _heldBack;

    /// <summary>The passes that become rows now.</summary>
    public Pass[] RowsAt(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.Started started:
                _plan = started.Plan;
                return [];
            case TrainEvent.Validated validated when IsEndOfEpoch(validated.State.At):
                _heldBack = validated.Pass;
                return [];
            case TrainEvent.Validated validated:
                return [validated.Pass];
            case TrainEvent.EpochEnded ended:
                return [ended.Train, .. Released()];
            case TrainEvent.Ended:
                return Released();
            default:
                return [];
        }
    }

    /// <summary>Whether an epoch ends here.</summary>
    public bool IsEndOfEpoch(Progress at) => at.Step == at.Epoch * _plan!.StepsPerEpoch || at.Step >= _plan.TotalSteps;

    private Pass[] Released()
    {
        Pass[] released = _heldBack is { } pass ? [pass] : [];
        _heldBack = null;
        return released;
    }
}
