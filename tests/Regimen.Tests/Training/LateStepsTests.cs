using Regimen.Data;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Tests of losses that are read one step late, as on a GPU; on the CPU, where the order of work is the same.</summary>
public sealed class LateStepsTests
{
    [Theory]
    [InlineData(1, null, null, null)]
    [InlineData(1, 0.05, null, null)]
    [InlineData(2, 0.05, 3, null)]
    [InlineData(3, null, null, 7L)]
    public void Losses_norms_and_weights_are_those_of_losses_read_at_once(int accumulate, double? clip, int? validateEvery, long? maxSteps)
    {
        var options = new TrainOptions { Epochs = 3, Accumulate = accumulate, ClipNorm = clip, ValidateEverySteps = validateEvery, MaxSteps = maxSteps, Seed = 4 };
        (string[] expected, float[] weights) = Train(options, late: false, look: step => step % 4 == 0);
        (string[] events, float[] same) = Train(options, late: true, look: step => step % 4 == 0);
        Assert.Contains(expected, e => e.StartsWith("step 2 ", StringComparison.Ordinal));
        Assert.Equal(expected, events);
        Assert.Equal(weights.Select(BitConverter.SingleToUInt32Bits), same.Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_told_with_its_step_after_the_update()
    {
        var options = new TrainOptions { Epochs = 2, Seed = 4 };
        var log = new Log(_ => false);
        WorkFailedException exception = Assert.Throws<WorkFailedException>(() => Train(options, late: true, log, spoiled: 20));
        var atOnce = new Log(_ => false);
        WorkFailedException expected = Assert.Throws<WorkFailedException>(() => Train(options, late: false, atOnce, spoiled: 20));
        Assert.Equal(expected.Problems[0], exception.Problems[0]);
        Assert.Equal(atOnce.Events, log.Events);
        Assert.Equal("failed", log.Events[^1]);
    }

    [Fact]
    public void A_norm_that_is_not_finite_ends_the_training()
    {
        // The gradient of the square root at 0 is infinite, the loss is not.
        using var model = new RootNet();
        var data = ArrayDataset.ForRegression(new float[12], new float[12], new SampleShape(1), new SampleShape(1));
        WorkFailedException exception = Assert.Throws<WorkFailedException>(
            () => new Trainer(new TrainOptions { Epochs = 1, ClipNorm = 1 }) { ReadsLossLate = true }.Fit(model, Objectives.Mse, Optimizers.Sgd(0.1), data, batchSize: 4));
        Assert.StartsWith("The gradient is not finite although the loss is", exception.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_records_the_step_that_was_taken()
    {
        using var stop = new CancellationTokenSource();
        var log = new Log(_ => false) { At = step => { if (step == 5) { stop.Cancel(); } } };
        Train(new TrainOptions { Epochs = 3, Seed = 4 }, late: true, log, stop: stop.Token);

        // Step 5 is recorded during step 6, whose update is made.
        Assert.Equal("ended Interrupted 6", log.Events[^1]);
        Assert.StartsWith("step 6 ", log.Events[^2], StringComparison.Ordinal);
    }

    private static (string[] Events, float[] Weights) Train(TrainOptions options, bool late, Func<long, bool> look)
    {
        var log = new Log(look);
        float[] weights = Train(options, late, log);
        return ([.. log.Events, .. log.Weights.Select(w => $"{BitConverter.SingleToUInt32Bits(w)}")], weights);
    }

    private static float[] Train(TrainOptions options, bool late, Log log, int? spoiled = null, CancellationToken stop = default)
    {
        const int Count = 53;
        float[] inputs = [.. Enumerable.Range(0, Count * 4).Select(i => MathF.Sin(i * 1.7f))];
        float[] targets = [.. Enumerable.Range(0, Count * 3).Select(i => MathF.Cos(i * 0.9f))];
        if (spoiled is { } sample)
        {
            inputs[sample * 4] = float.NaN;
        }

        var data = ArrayDataset.ForRegression(inputs, targets, new SampleShape(4), new SampleShape(3));
        using TinyNet model = TinyNet.Seeded();
        var trainer = new Trainer(options, [log]) { ReadsLossLate = late };
        trainer.Fit(model, Objectives.Mse, Optimizers.Adam(0.01), data, data, batchSize: 8, cancellationToken: stop);
        return WeightValues.Of(model);
    }

    private sealed class Log(Func<long, bool> look) : ITrainObserver
    {
        public List<string> Events { get; } = [];

        public List<float> Weights { get; } = [];

        public Action<long> At { get; init; } = _ => { };

        public bool NeedsStateOf(long step) => look(step);

        public void Observe(TrainEvent trainEvent)
        {
            switch (trainEvent)
            {
                case TrainEvent.StepTaken step:
                    Events.Add($"step {step.State.At.Step} loss {BitConverter.SingleToUInt32Bits(step.Loss)} lr {step.Lr} samples {step.Samples} norm {step.GradientNorm} of {step.State.Optimizer.Steps}");
                    if (look(step.State.At.Step))
                    {
                        Weights.AddRange(WeightValues.Of(step.State.Model));
                    }

                    At(step.State.At.Step);
                    break;
                case TrainEvent.Validated validated:
                    Events.Add($"validated {validated.State.At.Step} {validated.Pass.Loss}");
                    break;
                case TrainEvent.EpochEnded ended:
                    Events.Add($"epoch {ended.Train.At} {ended.Train.Loss}");
                    break;
                case TrainEvent.Ended ended:
                    Events.Add($"ended {ended.Result.Status} {ended.State.At.Step}");
                    break;
                case TrainEvent.Failed:
                    Events.Add("failed");
                    break;
            }
        }
    }

    private sealed class RootNet : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Parameter weight = new(zeros(1));

        public RootNet()
            : base(nameof(RootNet)) => RegisterComponents();

        public override Tensor forward(Tensor input) => weight.sqrt() + input;
    }
}
