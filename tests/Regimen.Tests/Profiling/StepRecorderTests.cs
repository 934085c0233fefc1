using System.Text.Json.Nodes;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Profiling;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Profiling;

/// <summary>The arithmetic of a profile, on a clock that the test sets; what a trainer tells its probe; and the format of the trace.</summary>
public sealed class StepRecorderTests
{
    private static readonly TrainPhase[] OfBatch = [TrainPhase.Data, TrainPhase.Forward, TrainPhase.Backward];

    /// <summary>Two steps of warm-up and three measured ones, in which the clock advances by a known time in each phase.</summary>
    [Fact]
    public void The_parts_are_the_times_between_the_changes_of_the_measured_steps()
    {
        var clock = new SteppedClock();
        int ends = 0;
        var recorder = new StepRecorder(warmup: 2, steps: 3, clock, () => ends++);
        using TinyNet model = TinyNet.Seeded();
        using var flat = new FlatParameters(model);
        using Optimizer optimizer = Optimizers.Sgd(0.1).Build(flat);
        for (int step = 1; step <= 7; step++)
        {
            clock.Advance(1);
            foreach (TrainPhase phase in OfBatch)
            {
                TrainPhase before = recorder.Enter(phase);
                clock.Advance(10 * (1 + (int)phase));
                Assert.Equal(phase, recorder.Enter(before));
            }

            recorder.Enter(TrainPhase.Optimizer);
            clock.Advance(100 + step);
            recorder.Enter(TrainPhase.Observers);
            recorder.Enter(TrainPhase.Checkpoint);
            clock.Advance(7);
            recorder.Enter(TrainPhase.Observers);
            clock.Advance(2);
            recorder.Observe(new TrainEvent.StepTaken(new TrainingState(model, optimizer) { At = new(1, step) }, 0.5f, 0.1, 4 + step));
            clock.Advance(3);
            recorder.Enter(TrainPhase.Other);
        }

        StepProfile profile = recorder.Read();
        Assert.Equal(1, ends);
        Assert.Equal([(3L, 7), (4L, 8), (5L, 9)], profile.Steps.Select(s => (s.Step, s.Samples)));
        Assert.Equal(24, profile.Samples);
        Dictionary<TrainPhase, double> parts = profile.Parts.ToDictionary(p => p.Phase, p => Math.Round(1e6 * p.Seconds));
        Assert.Equal(
            (30, 60, 90, 312, 15, 21, 0, 3),
            (parts[TrainPhase.Data], parts[TrainPhase.Forward], parts[TrainPhase.Backward], parts[TrainPhase.Optimizer], parts[TrainPhase.Observers], parts[TrainPhase.Checkpoint], parts[TrainPhase.Validation], parts[TrainPhase.Other]));
        Assert.Equal(531e-6, profile.Seconds, 1e-12);
        Assert.Equal(1, profile.Explained, 1e-9);
        AssertContiguous(profile);
    }

    [Fact]
    public void A_trainer_tells_of_all_its_work_and_trains_the_same_weights()
    {
        var recorder = new StepRecorder(warmup: 3, steps: 8, TimeProvider.System, () => { });
        float[] probed = Train(recorder);
        Assert.Equal(Train(null), probed);
        StepProfile profile = recorder.Read();
        Assert.Equal(Enumerable.Range(4, 8).Select(i => (long)i), profile.Steps.Select(s => s.Step));
        Assert.InRange(profile.Explained, 0.98, 1.0001);
        Assert.All(profile.Parts.Where(p => p.Phase != TrainPhase.Checkpoint), p => Assert.True(p.Seconds > 0, $"no time of {p.Phase}"));

        // Each batch is waited for, run forward and backward in this order: three in a step, two in the last of an epoch.
        TrainPhase[] work = [.. profile.Spans.Select(s => s.Phase).Where(p => p is not (TrainPhase.Other or TrainPhase.Observers or TrainPhase.Checkpoint))];
        Assert.Contains("Data Forward Backward Data Forward Backward Data Forward Backward Optimizer", string.Join(' ', work), StringComparison.Ordinal);
        Assert.Contains("Data Forward Backward Data Forward Backward Optimizer Validation", string.Join(' ', work), StringComparison.Ordinal);
        AssertContiguous(profile);
    }

    [Fact]
    public void A_training_that_ends_early_gives_the_steps_there_were()
    {
        var recorder = new StepRecorder(warmup: 10, steps: 1000, TimeProvider.System, () => Assert.Fail("There are fewer steps."));
        Train(recorder);
        StepProfile profile = recorder.Read();
        Assert.Equal([11L, 12L], profile.Steps.Select(s => s.Step));
        Assert.True(profile.Seconds >= profile.Steps[^1].End);
        AssertContiguous(profile);
    }

    /// <summary>Names, phases and times as the description of the Trace Event Format requires: complete events with ts and dur in microseconds, and
    /// metadata events with args.name; events of a track do not overlap.</summary>
    [Fact]
    public void The_trace_has_the_fields_of_its_format()
    {
        var recorder = new StepRecorder(warmup: 1, steps: 5, TimeProvider.System, () => { });
        Train(recorder);
        StepProfile profile = recorder.Read();
        JsonNode trace = JsonNode.Parse(TraceFile.Document(profile).ToJsonString())!;
        JsonObject[] events = [.. trace["traceEvents"]!.AsArray().Select(e => e!.AsObject())];
        Assert.All(events, e => Assert.True(e["name"]!.GetValue<string>().Length > 0 && (int)e["pid"]! > 0 && (int)e["tid"]! > 0));
        JsonObject[] names = [.. events.Where(e => (string)e["ph"]! == "M")];
        Assert.Equal(["process_name", "thread_name", "thread_name"], names.Select(e => (string)e["name"]!));
        Assert.All(names, e => Assert.NotEmpty((string)e["args"]!["name"]!));
        JsonObject[] complete = [.. events.Where(e => (string)e["ph"]! == "X")];
        Assert.Equal(events.Length, names.Length + complete.Length);
        Assert.All(complete, e => Assert.True((double)e["ts"]! >= 0 && (double)e["dur"]! >= 0 && ((string)e["cat"]!).Length > 0));
        foreach (IGrouping<int, JsonObject> track in complete.GroupBy(e => (int)e["tid"]!))
        {
            JsonObject[] inOrder = [.. track];
            Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.Equal((double)pair.First["ts"]! + (double)pair.First["dur"]!, (double)pair.Second["ts"]!, 1e-3));
        }

        Assert.Equal(5, complete.Count(e => (string)e["cat"]! == "step"));
        Assert.Equal(1e6 * profile.Seconds, complete.Where(e => (string)e["cat"]! == "work").Sum(e => (double)e["dur"]!), 0.1);
    }

    private static void AssertContiguous(StepProfile profile)
    {
        Assert.Equal(0, profile.Spans[0].Start);
        Assert.Equal(profile.Seconds, profile.Spans[^1].End);
        Assert.All(profile.Spans.Zip(profile.Spans.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    /// <summary>Twelve steps: two epochs of 17 batches, three in a step, two in the last.</summary>
    private static float[] Train(StepRecorder? recorder)
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(67), new LoaderOptions { BatchSize = 4, Workers = 0 });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(19), new LoaderOptions { Workers = 0 });
        new Trainer(new TrainOptions { Epochs = 2, Accumulate = 3, ClipNorm = 1 }, recorder is null ? [] : [recorder]) { Probe = recorder }
            .Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(0.01), train, validation, cancellationToken: TestContext.Current.CancellationToken);
        return WeightValues.Of(model);
    }

    /// <summary>A clock in microseconds that the test advances.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        private long _now = 5000;

        public override long TimestampFrequency => 1_000_000;

        public void Advance(long microseconds) => _now += microseconds;

        public override long GetTimestamp() => _now;
    }
}
