using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Runs;

/// <summary>Tests that a run with infinite or NaN validation losses resumes from each of its checkpoints to the same weights.</summary>
public sealed class NotFiniteHistoryTests
{
    private static readonly double[] Losses = [double.PositiveInfinity, double.NaN, 0.7, double.NegativeInfinity, 0.6, double.PositiveInfinity, 0.5, 0.4];

    [Fact]
    public void A_resumed_run_has_the_same_history_and_weights()
    {
        using var folder = new TemporaryFolder();
        using var whole = new RecordedRun(folder["whole"], new CheckpointOptions { Keep = 99 });
        TrainResult expected = whole.Train(Options(), new ScriptedLoss(Losses));
        string digest = whole.Recorder.Complete(Weights.Digest(whole.Model.state_dict())).WeightsDigest!;
        Assert.Equal(Losses, expected.History.Course("val.loss").Select(p => p.Value));

        // An infinite loss must affect the learning rate, otherwise this test could not distinguish it from NaN.
        Assert.NotEqual(Rates(Losses), Rates([.. Losses.Select(l => double.IsFinite(l) ? l : double.NaN)]));

        for (int epoch = 1; epoch < Losses.Length; epoch++)
        {
            CheckpointEntry entry = whole.Checkpoints.Index.Checkpoints.Single(c => c.Epoch == epoch);
            using ResumePoint point = CheckpointReader.Read(whole.Checkpoints, entry, needsBest: false);
            Assert.Equal(Losses[..epoch], point.History.Course("val.loss").Select(p => p.Value));
            using TinyNet rest = TinyNet.Seeded(seed: 99);
            TrainResult result = RecordedRun.ResumeUnrecorded(rest, Options(), new ScriptedLoss(Losses, first: epoch), point);
            Assert.Equal(expected.History.Course("train.loss"), result.History.Course("train.loss"));
            Assert.Equal(expected.History.Passes.Select(p => p.Lr), result.History.Passes.Select(p => p.Lr));
            Assert.Equal(expected.Best, result.Best);
            Assert.Equal(digest, Weights.Digest(rest.state_dict()));
        }
    }

    private static TrainOptions Options() => new()
    {
        Epochs = Losses.Length,
        EarlyStopping = new EarlyStoppingOptions { RestoreBest = false, Patience = 99 },
        Schedule = Schedule,
    };

    private static ReduceOnPlateau Schedule => new() { Patience = 1, Factor = 0.5 };

    private static double[] Rates(double[] values)
        => [.. Enumerable.Range(0, values.Length).Select(count => Schedule.FactorAt(new ScheduleProgress(1, 1, 1, 1) { Lr = 0.01, Watched = values[..count] }))];
}
