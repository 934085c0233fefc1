using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Trainings that would silently produce wrong results are rejected or end with an error.</summary>
public sealed class FitRefusalTests
{
    [Fact]
    public void A_second_training_in_the_process_is_an_error_while_the_first_runs()
    {
        using TinyNet first = TinyNet.Seeded(drop: 0.5);
        float[] alone = Train(TinyNet.Seeded(drop: 0.5), null);
        var problems = new List<Problem>();
        float[] disturbed = Train(first, step =>
        {
            if (step == 3)
            {
                using var second = new TinyNet();
                problems.Add(Refusal(() => Train(second, null)));
                problems.Add(Refusal(() => Train(first, null)));
                problems.Add(OnOtherThread(() => Refusal(() => Train(second, null))));
                problems.Add(OnOtherThread(() => Refusal(() => TorchRandom.SeedInitialization(3))));
            }
        });
        Assert.Equal(alone, disturbed);
        Assert.Equal(
            ["Another training is running", "This model is already being", "Another training is running", "A training is running"],
            problems.Select(p => string.Join(' ', p.Message.Split(' ')[..(p.Message.StartsWith("This", StringComparison.Ordinal) ? 5 : p.Message.StartsWith("Ano", StringComparison.Ordinal) ? 4 : 4)])));

        // Sequential trainings are allowed, also after a failed one.
        Assert.Throws<InvalidOperationException>(() => Train(first, _ => throw new InvalidOperationException()));
        Assert.NotEqual(alone, Train(first, null));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_ends_the_training_before_clipping()
    {
        // sqrt(x − x) has the value 0 and an infinite derivative, times zero: NaN, only in fc2.bias.
        Objective objective = Objectives.From((model, batch) =>
        {
            Tensor output = Objectives.Forward(model, batch);
            Tensor bias = model.named_parameters().Single(p => p.name == "fc2.bias").parameter;
            return new ObjectiveResult(nn.functional.cross_entropy(output, batch.Target).add(bias.sub(bias).sum().sqrt()), output);
        });
        using TinyNet model = TinyNet.Seeded();
        float[] before = WeightValues.Of(model);
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => Fit(model, new TrainOptions { Epochs = 3, ClipNorm = 1 }, objective));
        Assert.Equal("epoch 1, step 1, fc2.bias", error.Problem.Where);
        Assert.Equal(before, WeightValues.Of(model));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public void Weights_that_are_not_finite_end_the_training_before_the_validation(bool validateInside, int step)
    {
        // The loss does not depend on the weight that becomes NaN in the update.
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken taken && taken.State.At.Step == step)
            {
                TensorMemory.Span<float>(taken.State.Optimizer.Parameters.Values)[0] = float.NaN;
            }
        });
        using TinyNet model = TinyNet.Seeded();
        WorkFailedException error = Assert.Throws<WorkFailedException>(
            () => Fit(model, new TrainOptions { Epochs = 2, ValidateEverySteps = validateInside ? 2 : null, LimitTrainBatches = validateInside ? 3 : 1 }, log: log));
        Assert.EndsWith("fc1.weight", error.Problem.Where, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Events, e => e is TrainEvent.Validated or TrainEvent.EpochEnded or TrainEvent.Ended);
    }

    [Fact]
    public void Initially_infinite_buffers_are_accepted_and_others_that_become_infinite_end_the_training()
    {
        using var masked = new MaskedNet();
        Fit(masked, new TrainOptions { Epochs = 1 });
        WorkFailedException error = Assert.Throws<WorkFailedException>(() => Fit(masked, new TrainOptions { Epochs = 1 }, log: new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken)
            {
                TensorMemory.Span<float>(masked.seen)[0] = float.PositiveInfinity;
            }
        })));
        Assert.EndsWith(", seen", error.Problem.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void Bfloat16_is_an_error_if_it_is_not_supported()
    {
        Assert.SkipUnless(Autocast.IsAvailable, "no mixed precision here");
        var trainer = new Trainer(new TrainOptions { Epochs = 1, Precision = Precision.Bf16 });
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(23), new LoaderOptions { BatchSize = 7 });
        foreach ((nn.Module model, string received) in new (nn.Module, string)[] { (new TinyNet().to(META), "bf16 on meta"), (new TinyNet().to(float64), "Float64") })
        {
            Problem problem = Assert.Single(Assert.Throws<RequestException>(() => trainer.Check(model, Objectives.CrossEntropy, Optimizers.AdamW(), train)).Problems);
            Assert.Equal(("trainer.precision", received), (problem.Where, problem.Received));
        }
    }

    private static Problem Refusal(Action act) => Assert.Single(Assert.Throws<RequestException>(act).Problems);

    private static T OnOtherThread<T>(Func<T> work)
    {
        T? result = default;
        var thread = new Thread(() => result = work());
        thread.Start();
        thread.Join();
        return result!;
    }

    private static float[] Train(TinyNet model, Action<long>? atStep)
    {
        Fit(model, new TrainOptions { Epochs = 2 }, log: new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken taken)
            {
                atStep?.Invoke(taken.State.At.Step);
            }
        }));
        return WeightValues.Of(model);
    }

    private static void Fit(nn.Module model, TrainOptions options, Objective? objective = null, EventLog? log = null)
    {
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(23), new LoaderOptions { BatchSize = 7, Workers = 0 });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(11, seed: 8));
        new Trainer(options, log is null ? [] : [log]).Fit(model, objective ?? Objectives.CrossEntropy, Optimizers.AdamW(0.01), train, validation);
    }

    private sealed class MaskedNet : nn.Module<Tensor, Tensor>
    {
        public readonly Tensor seen = zeros(3);
        private readonly Tensor mask = full(3, float.NegativeInfinity);
        private readonly TorchSharp.Modules.Linear fc = nn.Linear(4, 3);

        public MaskedNet()
            : base(nameof(MaskedNet)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc.call(input).add(mask.exp());
    }
}
