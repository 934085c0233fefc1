using Regimen.Evaluation;
using Regimen.Runs;

namespace Regimen.Training;

/// <summary>What happens in a training, in the order in which it happens.</summary>
/// <remarks>
/// <code>
/// Started
/// for each epoch
///     for each step
///         forward, backward, update
///         StepTaken
///         where validation is due inside the epoch:  validate, Validated
///     validate                                       Validated
///     EpochEnded                                     (a checkpoint is due)
///     stop early?
/// Ended                                              (the best weights are restored)
/// </code>
/// Observers read; they change nothing. What an event refers to (<see cref="TrainingState"/>) is theirs during the call only.
/// </remarks>
public abstract record TrainEvent
{
    private TrainEvent()
    {
    }

    /// <summary>Before the first step.</summary>
    /// <param name="Plan">How much work it is.</param>
    /// <param name="From">Where a resumed training goes on; no epoch and no step for a new one.</param>
    public sealed record Started(TrainPlan Plan, Progress From = default) : TrainEvent;

    /// <summary>After an optimizer update.</summary>
    /// <param name="State">Where training stands now.</param>
    /// <param name="Loss">The sample-weighted mean loss of the step, before the update.</param>
    /// <param name="Lr">The learning rate of the update.</param>
    /// <param name="Samples">Samples that the step saw.</param>
    public sealed record StepTaken(TrainingState State, float Loss, double Lr, int Samples) : TrainEvent;

    /// <summary>After a pass over the validation set.</summary>
    /// <param name="State">Where training stands now; its history has the pass.</param>
    /// <param name="Pass">The pass.</param>
    /// <param name="Result">All that was measured.</param>
    /// <param name="Improved">Whether the weights are the best so far.</param>
    public sealed record Validated(TrainingState State, Pass Pass, EvaluationResult Result, bool Improved) : TrainEvent;

    /// <summary>At the end of an epoch, after its validation.</summary>
    /// <param name="State">Where training stands now; its history has the epoch's passes.</param>
    /// <param name="Train">The training pass.</param>
    /// <param name="Validation">The validation pass; null without a validation set.</param>
    /// <param name="Improved">Whether the weights are the best so far.</param>
    public sealed record EpochEnded(TrainingState State, Pass Train, Pass? Validation, bool Improved) : TrainEvent;

    /// <summary>At the end, whatever the reason; the model has the weights that the run ends with.</summary>
    public sealed record Ended(TrainingState State, TrainResult Result) : TrainEvent;
}

/// <summary>Watches a training: logs, screens, checkpoints.</summary>
public interface ITrainObserver
{
    /// <summary>Told of each event, in order, on the training's thread. An exception ends the training.</summary>
    void Observe(TrainEvent trainEvent);
}
