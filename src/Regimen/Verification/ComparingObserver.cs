using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Verification;

/// <summary>Watches a run being trained again and compares what it does with what was recorded, bit for bit.</summary>
internal sealed class ComparingObserver(RecordedRun run, long until, Action stop) : ITrainObserver
{
    private readonly Dictionary<(long Step, string Split), Pass> _passes = run.Passes.GroupBy(p => (p.At.Step, p.Split)).ToDictionary(g => g.Key, g => g.Last());

    public List<Problem> Findings { get; } = [];

    public StepDifference? FirstDifference { get; private set; }

    public long Steps { get; private set; }

    public int Passes { get; private set; }

    public int Checkpoints { get; private set; }

    /// <summary>Of the weights after the last step that was to be compared, where training stops there.</summary>
    public string? DigestAtStop { get; private set; }

    /// <summary>How the training ended; null while it goes on.</summary>
    public TrainResult? Result { get; private set; }

    public void Observe(TrainEvent trainEvent)
    {
        switch (trainEvent)
        {
            case TrainEvent.StepTaken step:
                Compare(step);
                CompareCheckpoints(step.State);
                if (step.State.At.Step == until)
                {
                    DigestAtStop = WeightsDigest.Of(step.State.Model.state_dict());
                    stop();
                }

                break;
            case TrainEvent.Validated validated:
                Compare(validated.Pass);
                break;
            case TrainEvent.EpochEnded ended:
                Compare(ended.Train);
                break;
            case TrainEvent.Ended ended:
                Result = ended.Result;
                break;
        }
    }

    /// <summary>Compares a pass with its row, in everything but time.</summary>
    public void Compare(Pass pass)
    {
        if (!_passes.TryGetValue((pass.At.Step, pass.Split), out Pass? recorded))
        {
            // A run that was killed has not recorded everything; one that ended has.
            if (run.IsOver)
            {
                Findings.Add(new Problem($"metrics.jsonl has no row of {pass.At}, {pass.Split}") { Where = run.Folder.MetricsFile });
            }

            return;
        }

        Passes++;
        foreach ((string name, double value) in pass.Values.Append(new("lr", pass.Lr ?? double.NaN)))
        {
            double expected = name == "lr" ? recorded.Lr ?? double.NaN : recorded.Value(name) ?? double.NaN;
            if (!IsRecordedAs(expected, value))
            {
                Findings.Add(new Problem($"{pass.At}, {pass.Split}: `{name}` differs") { Where = run.Folder.MetricsFile, Expected = Shown(expected), Received = Shown(value) });
            }
        }
    }

    // Older records have one word for all that is not finite, which reads as NaN.
    private static bool IsRecordedAs(double recorded, double value) => recorded.Equals(value) || (double.IsNaN(recorded) && !double.IsFinite(value));

    private static string Shown(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    private void Compare(TrainEvent.StepTaken step)
    {
        Moment at = step.State.At;
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

    private void CompareCheckpoints(TrainingState state)
    {
        foreach (CheckpointEntry entry in run.Checkpoints.Where(c => c.Step == state.At.Step))
        {
            Checkpoints++;
            string digest = WeightsDigest.Of(state.Model.state_dict());
            if (digest != entry.WeightsDigest)
            {
                Findings.Add(new Problem($"The weights of checkpoint {entry.Name} differ") { Where = run.Folder.CheckpointsFolder, Expected = entry.WeightsDigest, Received = digest });
            }
        }
    }
}
