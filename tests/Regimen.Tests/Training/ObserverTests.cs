using Regimen.Data;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Tests what observers receive and can do: gradients, failures, ending a training.</summary>
public sealed class ObserverTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(0.05)]
    public void Gradients_are_seen_before_they_are_cleared_with_their_norm_before_clipping(double? clip)
    {
        var norms = new List<(double Norm, double Of)>();
        var watch = new Watch(needsGradients: true, e =>
        {
            if (e is TrainEvent.GradientsComputed computed)
            {
                using DisposeScope scope = NewDisposeScope();
                KeyValuePair<string, Tensor>[] gradients = [.. computed.Gradients];
                Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], gradients.Select(g => g.Key));
                Assert.Equal([8, 4], gradients[0].Value.shape);
                norms.Add((computed.Norm, Math.Sqrt(gradients.Sum(g => g.Value.pow(2).sum().ToDouble()))));
            }
        });
        var log = new EventLog();
        TrainResult result = Fit([watch, log], new TrainOptions { Epochs = 2, ClipNorm = clip });

        Assert.Equal(result.At.Step, norms.Count);
        Assert.All(norms, n => Assert.Equal(clip is { } limit ? Math.Min(limit, n.Norm) : n.Norm, n.Of, 1e-5));
        Assert.Equal(norms.Select(n => (double?)n.Norm), log.Events.OfType<TrainEvent.StepTaken>().Select(s => s.GradientNorm));
        Assert.DoesNotContain(log.Events, e => e is TrainEvent.GradientsComputed);
    }

    [Fact]
    public void Looking_at_gradients_changes_no_bit()
    {
        var without = new EventLog();
        var with = new EventLog();
        Fit([without], new TrainOptions { Epochs = 3 });
        Fit([with, new Watch(needsGradients: true, _ => { })], new TrainOptions { Epochs = 3 });
        Assert.Equal(without.Losses, with.Losses);
        Assert.All(without.Events.OfType<TrainEvent.StepTaken>(), s => Assert.Null(s.GradientNorm));
    }

    [Fact]
    public void A_failure_is_told_once_and_the_caller_gets_the_exception()
    {
        var told = new List<Exception>();
        var first = new Watch(needsGradients: false, e =>
        {
            if (e is TrainEvent.Failed failed)
            {
                told.Add(failed.Exception);
                throw new InvalidTimeZoneException("of a broken observer");
            }
        });
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 3 })
            {
                throw new InvalidOperationException("of step 3");
            }
        });
        Assert.Equal("of step 3", Assert.Throws<InvalidOperationException>(() => Fit([first, log], new TrainOptions())).Message);
        Assert.Equal("of step 3", Assert.Single(told).Message);
        Assert.IsType<TrainEvent.Failed>(log.Events[^1]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public void An_observer_ends_the_training_after_the_step_with_its_reason(long step)
    {
        var stop = new Watch(needsGradients: false, _ => { });
        var log = new EventLog(e => stop.StopReason = e is TrainEvent.StepTaken { State.At.Step: var at } && at == step ? "enough" : stop.StopReason);
        TrainResult result = Fit([log, stop], new TrainOptions { Epochs = 5, EarlyStopping = new EarlyStoppingOptions() });
        Assert.Equal((TrainStatus.StoppedEarly, "enough", "Watch", step), (result.Status, result.Reason, result.StoppedBy, result.At.Step));
        Assert.IsType<TrainEvent.Ended>(log.Events[^1]);
        Assert.Equal(result.At, result.History.Last("val")!.At);
    }

    [Fact]
    public void A_guarded_observer_that_fails_is_reported_once_and_left_out()
    {
        var warnings = new List<string>();
        int received = 0;
        using var guarded = new GuardedObserver(
            new Watch(needsGradients: true, e =>
            {
                received++;
                if (e is TrainEvent.StepTaken)
                {
                    throw new IOException("disk full\nand more");
                }
            }),
            warnings.Add);
        TrainResult result = Fit([guarded], new TrainOptions { Epochs = 2 });
        Assert.Equal(TrainStatus.Finished, result.Status);
        Assert.Equal("The observer Watch failed and receives no further events: disk full", Assert.Single(warnings));
        Assert.Equal(3, received);
    }

    [Fact]
    public void An_observer_that_can_not_be_created_is_reported_and_left_out()
    {
        var warnings = new List<string>();
        Assert.Null(GuardedObserver.Create(() => throw new IOException("no room"), warnings.Add, "mine"));
        Assert.Null(GuardedObserver.Create(() => null!, warnings.Add));
        Assert.Equal(["The observer mine could not be created and is left out: no room", "The observer of the program could not be created and is left out: Create returned null."], warnings);
    }

    [Fact]
    public void An_empty_reason_and_one_before_the_first_step_do_not_end_the_training()
    {
        var stop = new Watch(needsGradients: false, _ => { }) { StopReason = "" };
        Assert.Equal(TrainStatus.Finished, Fit([stop], new TrainOptions { Epochs = 1 }).Status);
        stop.StopReason = "at\u001b[31m once";
        TrainResult result = Fit([stop], new TrainOptions { Epochs = 1 });
        Assert.Equal(("at [31m once", 1L), (result.Reason, result.At.Step));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_schedule_that_returns_an_invalid_factor_ends_the_training_by_name(double factor)
        => Assert.Contains("The schedule Constant returned an invalid factor", Assert.Throws<WorkFailedException>(() => Fit([], new TrainOptions { Schedule = new Constant { Factor = factor } })).Message, StringComparison.Ordinal);

    [Fact]
    public void Duplicate_names_of_state_are_refused_before_the_first_step()
    {
        using TinyNet model = TinyNet.Seeded();
        Assert.Contains("has invalid names of state", Assert.Throws<RequestException>(() => new Trainer(new TrainOptions()).Fit(model, Objectives.CrossEntropy, new TwoOfOne(), TinyData.Clusters(20))).Message, StringComparison.Ordinal);
    }

    private sealed record Constant : Schedule
    {
        internal double Factor { get; init; }

        public override double FactorAt(ScheduleProgress moment) => Factor;
    }

    private sealed record TwoOfOne : OptimizerOptions
    {
        public override IReadOnlyList<string> StateNames => ["m", "m"];

        protected internal override void Update(OptimizerStep step) => throw new NotSupportedException();
    }

    private static TrainResult Fit(IReadOnlyList<ITrainObserver> observers, TrainOptions options)
    {
        using TinyNet model = TinyNet.Seeded();
        ArrayDataset data = TinyData.Clusters(31);
        return new Trainer(options, observers).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.3, momentum: 0.9), data, data, batchSize: 7);
    }

    private sealed class Watch(bool needsGradients, Action<TrainEvent> act) : ITrainObserver
    {
        public bool NeedsGradients => needsGradients;

        public string? StopReason { get; set; }

        public void Observe(TrainEvent trainEvent) => act(trainEvent);
    }
}
