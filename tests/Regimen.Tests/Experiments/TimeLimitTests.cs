using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Experiments;

/// <summary>Runs that the clock ends or saves: the steps are recorded, so that they are verified and resumed like others.</summary>
public sealed class TimeLimitTests : IDisposable
{
    private readonly StoppedClock _clock = StoppedClock.AtNoon;
    private readonly TinyExperiment _runs = new();

    public TimeLimitTests() => _runs.Time = _clock;

    [Theory]
    [InlineData(2.5, 5L, 2)]
    [InlineData(3, 6L, 2)]
    [InlineData(0.25, 1L, 1)]
    public void The_run_ends_with_the_step_of_the_time_and_is_verified_to_it(double minutes, long steps, int epochs)
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, $"trainer.max_minutes={minutes}", "average=ema"], HalfAMinuteAStep);
        RunManifest manifest = Manifest(run);
        Assert.Equal((RunStatus.StoppedEarly, steps, epochs, "trainer.max_minutes"), (manifest.Status, manifest.Steps, manifest.Epochs, manifest.StoppedBy));
        Assert.Equal(FormattableString.Invariant($"trainer.max_minutes={minutes}: the time was over after step {steps}"), manifest.Reason);
        Assert.NotNull(manifest.Val);

        // The clock stands still in the verification.
        Assert.True(_runs.Verify(run).Identical);
    }

    [Fact]
    public void The_bits_are_those_of_a_run_with_as_many_steps()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "trainer.max_minutes=3.5"], HalfAMinuteAStep);
        string steps = _runs.Train([.. TinyExperiment.TwelveSteps, "trainer.max_steps=7"]);
        RunBits received = RunBits.Of(run);
        RunBits expected = RunBits.Of(steps);
        Assert.Equal((expected.Steps, expected.Digest), (received.Steps, received.Digest));
    }

    [Fact]
    public void The_time_before_a_resumption_counts()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "trainer.max_minutes=4.5"];
        RunBits whole = RunBits.Of(_runs.Train(config, HalfAMinuteAStep));
        using var stop = new CancellationTokenSource();
        string run = _runs.Train(config, e =>
        {
            HalfAMinuteAStep(e);
            if (e is TrainEvent.StepTaken { State.At.Step: 5 })
            {
                stop.Cancel();
            }
        }, stop.Token);
        _clock.Passed += TimeSpan.FromHours(8);
        _runs.Resume(run, act: HalfAMinuteAStep);
        Assert.Equal(9, Manifest(run).Steps);
        whole.AssertEqual(RunBits.Of(run));
    }

    [Fact]
    public void A_run_without_the_time_to_end_can_get_more()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "trainer.max_minutes=100"];
        RunBits whole = RunBits.Of(_runs.Train(config, HalfAMinuteAStep));
        using var stop = new CancellationTokenSource();
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "trainer.max_minutes=4"], e =>
        {
            HalfAMinuteAStep(e);
            if (e is TrainEvent.StepTaken { State.At.Step: 4 })
            {
                stop.Cancel();
            }
        }, stop.Token);
        _runs.Resume(run, ["trainer.max_minutes=100"], HalfAMinuteAStep);
        whole.AssertEqual(RunBits.Of(run));
    }

    [Fact]
    public void A_run_that_was_killed_after_its_time_was_over_does_not_go_on()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "trainer.max_minutes=2.5"];
        RunBits whole = RunBits.Of(_runs.Train(config, HalfAMinuteAStep));
        string run = _runs.Train(config, e =>
        {
            HalfAMinuteAStep(e);
            if (e is TrainEvent.EpochEnded { State.At.Step: 5 })
            {
                throw new BreakOffException();
            }
        });
        _runs.Resume(run, act: HalfAMinuteAStep);
        Assert.Equal(whole.Digest, RunBits.Of(run).Digest);
        Assert.Equal((RunStatus.StoppedEarly, 5L), (Manifest(run).Status, Manifest(run).Steps));
    }

    [Fact]
    public void A_run_that_its_time_ended_is_neither_extended_nor_forked_at_its_cut_epoch()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "checkpoint.keep=9", "trainer.max_minutes=2.5"], HalfAMinuteAStep);
        Assert.Contains("trainer.max_minutes ended it", Assert.Throws<RequestException>(() => _runs.Resume(run, ["trainer.epochs=9"])).Message, StringComparison.Ordinal);
        Assert.Contains("The parent ended within the epoch of this checkpoint", Assert.Throws<RequestException>(() => _runs.Fork(run, "last", ["trainer.max_minutes=null"])).Message, StringComparison.Ordinal);
        string whole = _runs.Train(TinyExperiment.TwelveSteps);
        string fork = _runs.Fork(run, "epoch-0001", ["trainer.max_minutes=null"]);
        Assert.Equal(RunBits.Of(whole).Digest, RunBits.Of(fork).Digest);
    }

    [Fact]
    public void A_run_that_ends_in_time_has_finished()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "trainer.max_minutes=6"], HalfAMinuteAStep);
        Assert.Equal((RunStatus.Finished, 12L, null), (Manifest(run).Status, Manifest(run).Steps, Manifest(run).StoppedBy));
    }

    [Fact]
    public void Checkpoints_by_the_clock_are_recorded_and_verified_and_change_no_weight()
    {
        string run = _runs.Train([.. TinyExperiment.TwelveSteps, "checkpoint.keep=99", "checkpoint.every_minutes=0.5"], HalfAMinuteAStep);
        var store = new CheckpointStore(Path.Combine(run, "checkpoints"));

        // Every second step, counted from the last checkpoint, which the end of an epoch of three steps also is.
        Assert.Equal([2L, 3, 5, 6, 8, 9, 11, 12], store.Index.Checkpoints.Select(c => c.Step));
        Assert.True(_runs.Verify(run).Identical);
        Assert.Equal(RunBits.Of(_runs.Train(TinyExperiment.TwelveSteps)).Digest, RunBits.Of(run).Digest);
    }

    [Fact]
    public void A_run_resumes_from_a_checkpoint_by_the_clock()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "checkpoint.every_minutes=0.5"];
        RunBits whole = RunBits.Of(_runs.Train(config, HalfAMinuteAStep));
        string run = _runs.Train(config, e =>
        {
            HalfAMinuteAStep(e);
            if (e is TrainEvent.StepTaken { State.At.Step: 9 })
            {
                throw new BreakOffException();
            }
        });
        _runs.Resume(run, ["checkpoint.every_minutes=null"]);
        Assert.Contains("resumed from checkpoint epoch-0003-step-000008", File.ReadAllText(Path.Combine(run, "train.log")), StringComparison.Ordinal);
        whole.AssertEqual(RunBits.Of(run));
    }

    [Fact]
    public void Runs_of_earlier_versions_without_the_keys_resume()
    {
        RunBits whole = RunBits.Of(_runs.Train(TinyExperiment.TwelveSteps));
        string run = _runs.TrainUntil(4, TinyExperiment.TwelveSteps);
        OldRuns.RemoveKeys(run, "trainer.max_minutes", "checkpoint.every_minutes", "average");
        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
        Assert.True(_runs.Verify(run).Identical);
    }

    public void Dispose() => _runs.Dispose();

    private void HalfAMinuteAStep(TrainEvent happened)
    {
        if (happened is TrainEvent.StepTaken)
        {
            _clock.Passed += TimeSpan.FromSeconds(30);
        }
    }

    private static RunManifest Manifest(string run) => RunManifest.Read(Path.Combine(run, "run.json"));
}
