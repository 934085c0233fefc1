using Regimen.Data;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void Training_reaches_the_expected_accuracy()
    {
        using TinyNet model = TinyNet.Seeded();
        TrainResult result = new Trainer(new TrainOptions { Epochs = 15 }).Fit(
            model, Objectives.CrossEntropy, Optimizers.AdamW(0.01), TinyData.Clusters(), TinyData.Clusters(seed: 8));
        Assert.Equal(TrainStatus.Finished, result.Status);
        Assert.True(result.History.Last(Pass.Validation)!.Metrics["accuracy"] > 0.95);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_loader_workers(double drop)
    {
        (float[] losses, float[] weights) = Run(drop, workers: 0, seed: 3);
        Assert.Equal((losses, weights), Run(drop, workers: 0, seed: 3), Same);
        Assert.Equal((losses, weights), Run(drop, workers: 2, seed: 3), Same);
        Assert.NotEqual(losses, Run(drop, workers: 0, seed: 4).Losses);

        static bool Same((float[] L, float[] W) a, (float[] L, float[] W) b) => a.L.SequenceEqual(b.L) && a.W.SequenceEqual(b.W);
    }

    [Fact]
    public void Earlier_random_draws_and_additional_validations_do_not_change_the_result()
    {
        (float[] losses, _) = Run(drop: 0.5, workers: 0, seed: 3);
        using Tensor draw = rand(1000);
        (float[] again, _) = Run(drop: 0.5, workers: 1, seed: 3, validateEvery: 2);
        Assert.Equal(losses, again);
    }

    [Fact]
    public void A_step_equals_that_of_a_handwritten_loop()
    {
        ArrayDataset data = TinyData.Clusters(60);
        using TinyNet model = TinyNet.Seeded();
        using TinyNet byHand = TinyNet.Seeded();
        var log = new EventLog();
        using DataLoader loader = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 16, Workers = 0 });
        new Trainer(new TrainOptions { Epochs = 2, Seed = 9 }, [log]).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1, 0.9), loader);

        using optim.Optimizer sgd = optim.SGD(byHand.parameters(), 0.1, momentum: 0.9);
        var losses = new List<float>();
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            foreach (Batch batch in loader.Epoch(9, epoch))
            {
                using DisposeScope scope = NewDisposeScope();
                sgd.zero_grad();
                Tensor loss = nn.functional.cross_entropy(byHand.call(batch.Input), batch.Target);
                loss.backward();
                sgd.step();
                losses.Add(loss.item<float>());
            }
        }

        WeightValues.AreNear([.. losses], log.Losses, 1e-5);
        WeightValues.AreNear(WeightValues.Of(byHand), WeightValues.Of(model), 1e-5);
    }

    [Fact]
    public void Events_are_raised_in_the_order_of_the_loop()
    {
        var log = new EventLog();
        Fit(new TrainOptions { Epochs = 2, ValidateEverySteps = 2 }, log, samples: 48, batchSize: 16);
        Assert.Equal(
            ["Started", "StepTaken", "StepTaken", "Validated", "StepTaken", "Validated", "EpochEnded", "StepTaken", "Validated", "StepTaken", "StepTaken", "Validated", "EpochEnded", "Ended"],
            log.Events.Select(e => e.GetType().Name).ToArray());
        Assert.Equal(new TrainPlan(2, 3, 1, 3, 6, 48), ((TrainEvent.Started)log.Events[0]).Plan);
    }

    [Fact]
    public void Accumulated_batches_equal_one_large_batch_including_a_shorter_last_step()
    {
        var large = new EventLog();
        using TinyNet one = Fit(new TrainOptions { Epochs = 3 }, large, samples: 150, batchSize: 64);
        var small = new EventLog();
        using TinyNet four = Fit(new TrainOptions { Epochs = 3, Accumulate = 4 }, small, samples: 150, batchSize: 16);
        Assert.Equal(9, small.Losses.Length);
        WeightValues.AreNear(large.Losses, small.Losses, 1e-5);
        WeightValues.AreNear(WeightValues.Of(one), WeightValues.Of(four), 1e-4);
    }

    [Fact]
    public void An_epochs_loss_is_the_mean_over_its_samples()
    {
        var log = new EventLog();
        Fit(new TrainOptions { Epochs = 1 }, log, samples: 20, batchSize: 16);
        TrainEvent.StepTaken[] steps = [.. log.Events.OfType<TrainEvent.StepTaken>()];
        Assert.Equal([16, 4], steps.Select(s => s.Samples).ToArray());
        double expected = ((steps[0].Loss * 16.0) + (steps[1].Loss * 4.0)) / 20;
        Assert.Equal(expected, log.Events.OfType<TrainEvent.EpochEnded>().Single().Train.Loss, 12);
    }

    [Fact]
    public void LimitTrainBatches_limits_epochs_and_MaxSteps_limits_runs()
    {
        var batches = new EventLog();
        Fit(new TrainOptions { Epochs = 3, LimitTrainBatches = 2 }, batches, samples: 100, batchSize: 10);
        Assert.Equal(6, batches.Losses.Length);
        var steps = new EventLog();
        Fit(new TrainOptions { Epochs = 3, MaxSteps = 13 }, steps, samples: 100, batchSize: 10);
        Assert.Equal(13, steps.Losses.Length);
        Assert.Equal("all steps completed", ((TrainEvent.Ended)steps.Events[^1]).Result.Reason);
        Assert.Equal(3, steps.Events.OfType<TrainEvent.EpochEnded>().Last().Train.Samples / 10);
    }

    [Fact]
    public void Clipping_uses_the_norm_over_all_parameters()
    {
        using TinyNet ours = Fit(new TrainOptions { Epochs = 1, ClipNorm = 0.05 }, new EventLog(), samples: 40, batchSize: 40, Optimizers.Sgd(1));
        using TinyNet theirs = TinyNet.Seeded();
        using optim.Optimizer sgd = optim.SGD(theirs.parameters(), 1);
        using DataLoader loader = DataLoader.ForTraining(TinyData.Clusters(40), new LoaderOptions { BatchSize = 40 });
        foreach (Batch batch in loader.Epoch(42, 1))
        {
            nn.functional.cross_entropy(theirs.call(batch.Input), batch.Target).backward();
            nn.utils.clip_grad_norm_(theirs.parameters(), 0.05);
            sgd.step();
        }

        WeightValues.AreNear(WeightValues.Of(theirs), WeightValues.Of(ours), 1e-6);
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_training_with_its_epoch_and_step()
    {
        Objective diverging = Objectives.From((model, batch) =>
        {
            Tensor output = Objectives.Forward(model, batch);
            return new ObjectiveResult(output.square().mean(), output);
        });
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(100), new LoaderOptions { BatchSize = 10 });
        WorkFailedException error = Assert.Throws<WorkFailedException>(() =>
            new Trainer(new TrainOptions { Epochs = 50 }).Fit(model, diverging, Optimizers.Sgd(1e6), train));
        Assert.StartsWith("epoch 1, step ", error.Problem.Where, StringComparison.Ordinal);
        Assert.NotNull(error.Problem.Hint);
    }

    [Fact]
    public void Early_stopping_ends_the_training_and_restores_the_best_weights()
    {
        var weights = new Dictionary<Progress, float[]>();
        TinyNet? model = null;
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.Validated validated)
            {
                weights[validated.Pass.At] = WeightValues.Of(validated.State.Model);
            }
        });
        model = Fit(
            new TrainOptions { Epochs = 50, EarlyStopping = new EarlyStoppingOptions { Patience = 2 } }, log, samples: 60, batchSize: 10, Optimizers.Sgd(8));
        TrainResult result = ((TrainEvent.Ended)log.Events[^1]).Result;
        Assert.Equal(TrainStatus.StoppedEarly, result.Status);
        BestWeights[] values = [.. result.History.Course("val.loss").Select(c => new BestWeights(c.At, c.Value))];
        Assert.Equal(values.MinBy(c => c.Value), result.Best);
        Assert.Equal(result.Best!.At.Epoch + 2, result.At.Epoch);
        Assert.True(result.Restored);
        Assert.Equal(weights[result.Best.At], WeightValues.Of(model));
        Assert.NotEqual(weights[result.At], WeightValues.Of(model));
    }

    [Fact]
    public void Without_restoring_the_training_ends_with_its_last_weights()
    {
        var weights = new Dictionary<Progress, float[]>();
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.Validated validated)
            {
                weights[validated.Pass.At] = WeightValues.Of(validated.State.Model);
            }
        });
        using TinyNet model = Fit(
            new TrainOptions { Epochs = 50, EarlyStopping = new EarlyStoppingOptions { Patience = 2, RestoreBest = false } }, log, samples: 60, batchSize: 10, Optimizers.Sgd(8));
        Assert.Equal(weights[((TrainEvent.Ended)log.Events[^1]).Result.At], WeightValues.Of(model));
    }

    [Theory]
    [InlineData("val.los", true)]
    [InlineData("val.loss", false)]
    [InlineData("loss", true)]
    public void An_unknown_monitored_value_is_an_error_before_the_first_step(string monitor, bool validation)
    {
        var log = new EventLog();
        using TinyNet model = TinyNet.Seeded();
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => new Trainer(new TrainOptions { EarlyStopping = new() { Monitor = monitor } }, [log]).Fit(
            model, Objectives.CrossEntropy, Optimizers.AdamW(), TinyData.Clusters(), validation ? TinyData.Clusters() : null)).Problems);
        Assert.Equal(("early_stopping.monitor", monitor), (problem.Where, problem.Received));
        Assert.Contains("train.loss", problem.Expected, StringComparison.Ordinal);
        Assert.Empty(log.Events);
    }

    [Fact]
    public void Cancellation_ends_the_training_after_the_current_step()
    {
        using var source = new CancellationTokenSource();
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 7 })
            {
                source.Cancel();
            }
        });
        using TinyNet model = TinyNet.Seeded();
        using DataLoader loader = DataLoader.ForTraining(TinyData.Clusters(50), new LoaderOptions { BatchSize = 10 });
        TrainResult result = new Trainer(new TrainOptions(), [log]).Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(), loader, null, null, source.Token);
        Assert.Equal((TrainStatus.Interrupted, new Progress(2, 7)), (result.Status, result.At));
        Assert.Equal(7, log.Losses.Length);
    }

    [Fact]
    public void Native_memory_does_not_grow_with_the_number_of_epochs()
    {
        var counts = new List<long>();
        var log = new EventLog(e =>
        {
            if (e is TrainEvent.EpochEnded)
            {
                counts.Add(Tensor.TotalCount);
            }
        });
        Tensors.SettledCount();
        Fit(new TrainOptions { Epochs = 50, ClipNorm = 1, Accumulate = 2, EarlyStopping = new() { Patience = 100 } }, log, samples: 100, batchSize: 8).Dispose();
        Assert.Single(counts.Skip(1).Distinct());
    }

    private static (float[] Losses, float[] Weights) Run(double drop, int workers, ulong seed, long? validateEvery = null)
    {
        using TinyNet model = TinyNet.Seeded(seed, drop: drop);
        var log = new EventLog();
        var options = new LoaderOptions { BatchSize = 16, Workers = workers };
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(), options);
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(50, seed: 5), options);
        new Trainer(new TrainOptions { Epochs = 3, Seed = seed, ValidateEverySteps = validateEvery }, [log]).Fit(
            model, Objectives.CrossEntropy, Optimizers.AdamW(0.01), train, validation);
        return (log.Losses, WeightValues.Of(model));
    }

    private static TinyNet Fit(TrainOptions options, EventLog log, int samples, int batchSize, OptimizerOptions? optimizer = null)
    {
        TinyNet model = TinyNet.Seeded();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(samples), new LoaderOptions { BatchSize = batchSize });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(30, seed: 8));
        new Trainer(options, [log]).Fit(model, Objectives.CrossEntropy, optimizer ?? Optimizers.AdamW(0.01), train, validation);
        return model;
    }
}
