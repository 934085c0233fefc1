using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Training;

namespace Regimen.Verification;

/// <summary>An observer that compares the repeated training with the record, bit for bit.</summary>
internal sealed class ComparingObserver(RecordedRun run, long until, Action stop) : ITrainObserver
{
    private readonly RowOrder _order = new();

    public List<Problem> Findings { get; } = [];

    public StepDifference? FirstDifference { get; private set; }

    public long Steps { get; private set; }

    public RowComparison Rows { get; } = new(run);

    public CheckpointComparison Checkpoints { get; } = new(run);

    /// <summary>The digest of the weights after the last step to compare, if training stops there.</summary>
    public string? DigestAtStop { get; private set; }

    /// <summary>The result of the training; null until it has ended.</summary>
    public TrainResult? Result { get; private set; }

    /// <summary>The recorded reason of an observer that ended the run. A verification does not include that observer, so the point at which the
    /// training ends (within an epoch or at its end) follows from the record.</summary>
    public string? StopReason { get; private set; }

    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.StepTaken step:
                Compare(step);
                Findings.AddRange(Checkpoints.After(step));
                if (run.Manifest.StoppedBy is not null && step.State.At.Step == run.Manifest.Steps)
                {
                    StopReason = run.Manifest.Reason;
                }

                if (step.State.At.Step == until)
                {
                    DigestAtStop = step.State.WithAveraged(() => Weights.Digest(step.State.Model.state_dict()));
                    stop();
                }

                break;
            case TrainEvent.Validated validated:
                Checkpoints.After(validated);
                break;
            case TrainEvent.EpochEnded epochEnded:
                Checkpoints.After(epochEnded);
                break;
            case TrainEvent.Ended ended:
                Result = ended.Result;
                break;
        }

        foreach (Pass pass in _order.RowsAt(trainEvent))
        {
            Compare(pass);
        }
    }

    /// <summary>Compares a pass with the next row.</summary>
    public void Compare(Pass pass) => Findings.AddRange(Rows.Next(pass));

    private void Compare(TrainEvent.StepTaken step)
    {
        Progress at = step.State.At;
        float? expected = at.Step <= run.Losses.Length ? run.Losses[at.Step - 1] : null;
        if (expected is { } loss && BitConverter.SingleToUInt32Bits(loss) == BitConverter.SingleToUInt32Bits(step.Loss))
        {
            Steps++;
        }
        else
        {
            FirstDifference ??= new StepDifference(at, expected, step.Loss);
        }
    }
}
