using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Runs;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>An event of a training. Events come in this order:</summary>
/// <remarks>
/// <code>
/// Started
/// for each epoch
///     for each step
///         forward, backward
///         GradientsComputed                          (for observers that ask for it)
///         update
///         StepTaken
///         where validation is due inside the epoch:  validate, Validated
///     validate                                       Validated
///     EpochEnded                                     (a checkpoint is due)
///     stop early?
/// Ended                                              (the best weights are restored)
///   or, where an exception ends the training, Failed
/// </code>
/// Observers read and change nothing. The <see cref="TrainingState"/> of an event is valid during the call only.
/// </remarks>
public abstract record TrainEvent
{
    private TrainEvent()
    {
    }

    /// <summary>Before the first step.</summary>
    /// <param name="Plan">The number of epochs, steps and samples.</param>
    /// <param name="From">The point that a resumed training continues from; epoch 0, step 0 for a new one.</param>
    public sealed record Started(TrainPlan Plan, Progress From = default) : TrainEvent
    {
        /// <summary>The model, options and data of the training. Null in an event that was not raised by a <see cref="Trainer"/>.</summary>
        public TrainSetup? Setup { get; init; }
    }

    /// <summary>After the backward pass and clipping, before the optimizer update. Raised for observers whose
    /// <see cref="ITrainObserver.NeedsGradients"/> is true.</summary>
    /// <param name="State">The state before the update.</param>
    /// <param name="Norm">The Euclidean norm of all gradients, before clipping.</param>
    public sealed record GradientsComputed(TrainingState State, double Norm) : TrainEvent
    {
        /// <summary>The samples of each batch of the step, and the Euclidean norm of the gradient of its mean loss; empty unless an observer asks for
        /// it with <see cref="ITrainObserver.NeedsBatchNormsOf"/>.</summary>
        public IReadOnlyList<(int Samples, double Norm)> Batches { get; init; } = [];

        /// <summary>The gradient of each trained parameter, after clipping, by the parameter's name and in its shape. The tensors share the
        /// optimizer's memory: do not write to them. The caller disposes them, or opens a dispose scope.</summary>
        public IEnumerable<KeyValuePair<string, Tensor>> Gradients
        {
            get
            {
                FlatParameters parameters = State.Optimizer.Parameters;
                return parameters.Ranges.Select(r => KeyValuePair.Create(r.Name, r.View(parameters.Gradients)));
            }
        }
    }

    /// <summary>After an optimizer update.</summary>
    /// <param name="State">The state after the update.</param>
    /// <param name="Loss">The sample-weighted mean loss of the step, before the update.</param>
    /// <param name="Lr">The learning rate of the update.</param>
    /// <param name="Samples">The number of samples in the step.</param>
    public sealed record StepTaken(TrainingState State, float Loss, double Lr, int Samples) : TrainEvent
    {
        /// <summary>The Euclidean norm of all gradients, before clipping; null where neither clipping nor an observer asks for it.</summary>
        public double? GradientNorm { get; init; }

        /// <summary>The parts of the loss, in the order of the objective's <see cref="Optimization.Objective.Parts"/>; empty without parts.</summary>
        public IReadOnlyList<double> Parts { get; init; } = [];
    }

    /// <summary>After a pass over the validation set.</summary>
    /// <param name="State">The current state; its history has the pass.</param>
    /// <param name="Pass">The pass.</param>
    /// <param name="Result">The results of the validation.</param>
    /// <param name="Improved">Whether the weights are the best so far.</param>
    public sealed record Validated(TrainingState State, Pass Pass, EvaluationResult Result, bool Improved) : TrainEvent;

    /// <summary>At the end of an epoch, after its validation.</summary>
    /// <param name="State">The current state; its history has the epoch's passes.</param>
    /// <param name="Train">The training pass.</param>
    /// <param name="Validation">The validation pass; null without a validation set.</param>
    /// <param name="Improved">Whether the weights are the best so far.</param>
    public sealed record EpochEnded(TrainingState State, Pass Train, Pass? Validation, bool Improved) : TrainEvent;

    /// <summary>At the end of a training that no exception ended; the model has the weights that the run ends with.</summary>
    /// <param name="State">The last state.</param>
    /// <param name="Result">The result that the caller receives.</param>
    public sealed record Ended(TrainingState State, TrainResult Result) : TrainEvent;

    /// <summary>An exception has ended the training, before <see cref="Ended"/>. The caller receives the exception. An exception that an
    /// observer throws now is ignored.</summary>
    /// <param name="State">The state at the exception.</param>
    /// <param name="Exception">The exception.</param>
    public sealed record Failed(TrainingState State, Exception Exception) : TrainEvent;
}

/// <summary>Receives the events of a training: logs, screens, checkpoints.</summary>
public interface ITrainObserver
{
    /// <summary>Whether <see cref="TrainEvent.GradientsComputed"/> is raised for this observer. It costs a pass over all gradients for each
    /// such step. Read once, at the start. Default false.</summary>
    bool NeedsGradients => false;

    /// <summary>Whether <see cref="TrainEvent.GradientsComputed"/> is raised for a step, if <see cref="NeedsGradients"/> is true. Steps without cost
    /// nothing. Default: every step.</summary>
    /// <param name="step">The step, from 1.</param>
    bool NeedsGradientsOf(long step) => true;

    /// <summary>Whether <see cref="TrainEvent.GradientsComputed"/> has the norm of each batch's gradient for a step. It costs a copy of the gradients for
    /// each batch. Asked only of observers whose <see cref="NeedsGradients"/> is true. Default false.</summary>
    /// <param name="step">The step, from 1.</param>
    bool NeedsBatchNormsOf(long step) => false;

    /// <summary>Whether the observer looks at more than the numbers of <see cref="TrainEvent.StepTaken"/> for a step: at the model, or at the optimizer. On a
    /// GPU, the event of any other step is sent when the next step has begun, so that the training does not wait for the loss. Default true.</summary>
    /// <param name="step">The step, from 1.</param>
    bool NeedsStateOf(long step) => true;

    /// <summary>The reason why the training should end; null or empty to continue. It is read after each event except
    /// <see cref="TrainEvent.Started"/> and <see cref="TrainEvent.GradientsComputed"/>. The training then ends after the current step, with the
    /// status <see cref="Runs.TrainStatus.StoppedEarly"/>, and the record of the run contains the reason. Default null.</summary>
    string? StopReason => null;

    /// <summary>Receives each event, in order, on the training's thread. An exception ends the training.</summary>
    void Observe(TrainEvent trainEvent);
}
