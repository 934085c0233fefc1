using Regimen.Data;
using Regimen.FineTuning;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Tests steps of the user's own: several optimizers and updates, recorded, resumed, verified. Killed programs: RecordedProgramTests.</summary>
public sealed class ManualTrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(null)]
    [InlineData(0.05)]
    public void A_step_that_does_what_the_trainer_does_gives_the_same_bits(double? clip)
    {
        var options = new TrainOptions { Epochs = 3, Seed = 42, ClipNorm = clip, Schedule = new CosineSchedule(), EarlyStopping = new EarlyStoppingOptions { Patience = 2 } };
        using TinyNet trained = TinyNet.Seeded(drop: 0.2);
        var expected = new EventLog();
        using DataLoader train = Loader();
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(17, seed: 9));
        TrainResult whole = new Trainer(options, [expected]).Fit(trained, Loss, Optimizers.AdamW(lr: 0.02), train, validation);

        using TinyNet own = TinyNet.Seeded(drop: 0.2);
        var log = new EventLog();
        TrainResult result = new ManualTrainer(options, [log]).Fit(own, Optimizers.AdamW(lr: 0.02), Step, train, Loss, validation);
        Assert.Equal(expected.Losses, log.Losses);
        Assert.Equal(Weights.Digest(trained), Weights.Digest(own));
        Assert.Equal((whole.At, whole.Best, whole.History.Passes.Count), (result.At, result.Best, result.History.Passes.Count));
        Assert.Equal(expected.Events.Select(e => e.GetType()), log.Events.Select(e => e.GetType()));

        Tensor Step(ManualStep step)
        {
            Tensor loss = Loss.Compute(own, step.Batch).Loss;
            loss.backward();
            double? norm = step.Model.Update();
            Assert.Equal(clip is null, norm is null);
            return loss;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(8)]
    public void Parts_that_are_updated_unequally_resume_to_the_bits_of_an_uninterrupted_training(long step)
    {
        using TinyNet whole = TinyNet.Seeded(drop: 0.2);
        var expected = new EventLog();
        Fit(whole, [expected]);

        using var stop = new CancellationTokenSource();
        using (var recorder = new RunRecorder(_folder["runs"], "parts"))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Fit(model, [recorder, new EventLog(e => Stop(e, step, stop))], cancellationToken: stop.Token);
        }

        string run = Directory.GetDirectories(_folder["runs"]).Single();
        using TinyNet again = TinyNet.Seeded(seed: 77, drop: 0.2);
        using (RunRecorder resumed = RunRecorder.Resume(run))
        {
            Assert.Equal(step, resumed.From!.At.Step);
            Fit(again, [resumed], resumed.From);
        }

        double[] spreads = [.. expected.Events.OfType<TrainEvent.StepTaken>().Select(e => e.Parts[0])];
        Assert.All(spreads, s => Assert.InRange(s, 0, 0.01));
        Pass[] passes = [.. MetricsFile.ReadPasses(Path.Combine(run, "metrics.jsonl")).Where(p => p.Split == Pass.Train)];
        Assert.Equal(((14 * spreads[0]) + (14 * spreads[1]) + (3 * spreads[2])) / 31, passes[0].Metrics["spread"], 12); // 31 samples in steps of 14, 14 and 3
        Assert.Equal(4, passes.Count(p => p.Metrics.ContainsKey("spread")));
        Assert.Equal(expected.Losses, StepLossFile.ReadAll(Path.Combine(run, "steps.f32")));
        Assert.Equal(Weights.Digest(whole), Weights.Digest(again));

        var verifier = new RunVerifier(run);
        using TinyNet verified = TinyNet.Seeded(drop: 0.2);
        Fit(verified, [verifier]);
        Assert.Empty(verifier.Differences);
        Assert.True(verifier.IsIdentical);

        var other = new RunVerifier(run);
        using TinyNet changed = TinyNet.Seeded(drop: 0.2);
        Fit(changed, [other], every: 2);
        Assert.False(other.IsIdentical);
    }

    [Fact]
    public void Another_optimizer_of_a_part_is_refused_on_resuming()
    {
        using var stop = new CancellationTokenSource();
        using (var recorder = new RunRecorder(_folder["runs"], "parts"))
        using (TinyNet model = TinyNet.Seeded(drop: 0.2))
        {
            Fit(model, [recorder, new EventLog(e => Stop(e, 3, stop))], cancellationToken: stop.Token);
        }

        using RunRecorder resumed = RunRecorder.Resume(Directory.GetDirectories(_folder["runs"]).Single());
        using TinyNet again = TinyNet.Seeded(drop: 0.2);
        RequestException refused = Assert.Throws<RequestException>(() => Fit(again, [resumed], resumed.From, lr: 0.03));
        Assert.Equal("optimizer.fc2.lr", Assert.Single(refused.Problems).Where);
    }

    [Theory]
    [InlineData("fc3", "The model has no part 'fc3'")]
    [InlineData("fc1", "No optimizer trains the parameter 'fc2.weight'")]
    [InlineData("fc1,", "Two optimizers would update the same parameters")]
    public void Parts_that_do_not_fit_the_model_are_refused(string parts, string message)
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = Loader();
        var optimizers = parts.Split(',').ToDictionary(p => p, _ => (OptimizerOptions)Optimizers.Sgd(0.1));
        RequestException refused = Assert.Throws<RequestException>(() => new ManualTrainer(new TrainOptions()).Fit(model, optimizers, _ => throw new NotSupportedException(), train));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_do_not_apply_are_refused_together()
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = Loader();
        var options = new TrainOptions { Precision = Precision.Bf16, Freeze = [new FreezeRule { Match = "fc1.*" }] };
        RequestException refused = Assert.Throws<RequestException>(
            () => new ManualTrainer(options).Fit(model, Optimizers.Sgd(0.1), _ => throw new NotSupportedException(), train, validation: train, values: ["loss"]));
        Assert.Equal(["values", "freeze", "trainer.precision", "objective"], refused.Problems.Select(p => p.Where));
    }

    [Fact]
    public void Batches_are_read_once_and_those_that_a_step_leaves_are_not_the_next_step_s()
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = Loader();
        var options = new TrainOptions { Epochs = 1, Accumulate = 2 };
        List<long> counts = [];
        List<string> refused = [];
        new ManualTrainer(options).Fit(model, Optimizers.Sgd(0.1), Step, train);
        Assert.Equal([7, 7, 3], counts); // 31 samples in batches of 7: steps of 2, 2 and 1 batches
        Assert.Equal(["The step has several batches", "The batches of a step can be read once only", "The step has several batches", "The batches of a step can be read once only", "The batches of a step can be read once only"], refused);

        Tensor Step(ManualStep step)
        {
            if (counts.Count < 2)
            {
                refused.Add(Assert.Throws<WorkFailedException>(() => step.Batch).Problems[0].Message);
            }

            counts.Add(step.Batches.First().Count);
            refused.Add(Assert.Throws<WorkFailedException>(() => step.Batches).Problems[0].Message);
            return zeros(1);
        }
    }

    [Fact]
    public void A_loss_of_several_values_and_one_that_is_not_finite_end_the_training()
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = Loader();
        var log = new EventLog();
        WorkFailedException several = Assert.Throws<WorkFailedException>(() => new ManualTrainer(new TrainOptions(), [log]).Fit(model, Optimizers.Sgd(0.1), _ => zeros(2), train));
        Assert.Contains("single loss", several.Message, StringComparison.Ordinal);
        Assert.IsType<TrainEvent.Failed>(log.Events[^1]);
        Assert.Contains("not a finite number", Assert.Throws<WorkFailedException>(
            () => new ManualTrainer(new TrainOptions()).Fit(model, Optimizers.Sgd(0.1), _ => full(1, float.NaN), train)).Message, StringComparison.Ordinal);
        Assert.Contains("did not report the value 'a'", Assert.Throws<WorkFailedException>(
            () => new ManualTrainer(new TrainOptions()).Fit(model, Optimizers.Sgd(0.1), _ => zeros(1), train, values: ["a"])).Message, StringComparison.Ordinal);
        Assert.Contains("'other'", Assert.Throws<ArgumentException>(
            () => new ManualTrainer(new TrainOptions()).Fit(model, Optimizers.Sgd(0.1), step => step["other"].Name.Length > 0 ? zeros(1) : zeros(1), train)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static Objective Loss { get; } = Objectives.From((model, batch) =>
    {
        Tensor output = ((nn.Module<Tensor, Tensor>)model).call(batch.Input);
        return new ObjectiveResult(nn.functional.cross_entropy(output, batch.Target), output);
    });

    private static DataLoader Loader() => DataLoader.ForTraining(TinyData.Clusters(31), new LoaderOptions { BatchSize = 7 });

    private static void Stop(TrainEvent trainEvent, long step, CancellationTokenSource stop)
    {
        if (trainEvent is TrainEvent.StepTaken { State.At.Step: var at } && at == step)
        {
            stop.Cancel();
        }
    }

    /// <summary>Trains fc1 with each batch, and fc2 in every third step only: Adam's corrections depend on the number of a part's updates.</summary>
    private static TrainResult Fit(
        TinyNet model, IReadOnlyList<ITrainObserver> observers, ResumePoint? from = null, int every = 3, double lr = 0.02, CancellationToken cancellationToken = default)
    {
        var options = new TrainOptions { Epochs = 4, Seed = 42, Accumulate = 2, EarlyStopping = new EarlyStoppingOptions { Patience = 3 } };
        using DataLoader train = Loader();
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(17, seed: 9));
        var optimizers = new Dictionary<string, OptimizerOptions> { ["fc1"] = Optimizers.Sgd(0.1, momentum: 0.9), ["fc2"] = Optimizers.Adam(lr) };
        return new ManualTrainer(options, observers).Fit(model, optimizers, Step, train, Loss, validation, from, ["spread"], cancellationToken);

        Tensor Step(ManualStep step)
        {
            Tensor loss = zeros(1);
            foreach (Batch batch in step.Batches)
            {
                loss = Loss.Compute(model, batch).Loss;
                loss.backward();
                step["fc1"].Update();
            }

            if (step.At.Step % every == 0)
            {
                step["fc2"].Update();
            }
            else
            {
                step["fc2"].ClearGradients();
            }

            using Scalar spread = 0.01;
            Tensor drawn = rand(1) * spread; // from the generator of the step
            step.Report("spread", drawn);
            return loss.detach() + drawn;
        }
    }
}
