using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>Orders the passes of a training as rows of metrics.jsonl: the row of an epoch comes before that of the validation at its end,
/// although the validation ends first.</summary>
internal sealed class RowOrder
{
    private TrainPlan? _plan;
    private Pass? _heldBack;

    /// <summary>Returns the passes to write as rows now.</summary>
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

    /// <summary>Whether an epoch ends at this point.</summary>
    public bool IsEndOfEpoch(Progress at) => at.Step == at.Epoch * _plan!.StepsPerEpoch || at.Step >= _plan.TotalSteps;

    private Pass[] Released()
    {
        Pass[] released = _heldBack is { } pass ? [pass] : [];
        _heldBack = null;
        return released;
    }
}
