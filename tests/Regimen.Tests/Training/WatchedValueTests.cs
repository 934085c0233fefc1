using Regimen.Data;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.Training;

/// <summary>The direction of a monitored value follows from its metric, and a monitored value that is never finite is an error.</summary>
public sealed class WatchedValueTests
{
    public static TheoryData<string, MonitorMode> Directions => new()
    {
        { "loss", MonitorMode.Min }, { "perplexity", MonitorMode.Min }, { "rmse", MonitorMode.Min }, { "mae", MonitorMode.Min }, { "r2", MonitorMode.Max },
        { "accuracy", MonitorMode.Max }, { "top5_accuracy", MonitorMode.Max }, { "precision_macro", MonitorMode.Max }, { "recall_macro", MonitorMode.Max },
        { "f1_macro", MonitorMode.Max }, { "f1_micro", MonitorMode.Max }, { "precision", MonitorMode.Max }, { "recall", MonitorMode.Max }, { "f1", MonitorMode.Max },
        { "auroc", MonitorMode.Max }, { "auroc_macro", MonitorMode.Max }, { "average_precision", MonitorMode.Max }, { "average_precision_macro", MonitorMode.Max },
        { "iou", MonitorMode.Max }, { "dice", MonitorMode.Max }, { "pixel_accuracy", MonitorMode.Max },
    };

    [Theory]
    [MemberData(nameof(Directions))]
    public void Every_metric_has_a_direction(string name, MonitorMode better)
    {
        Assert.Equal(better, MetricName.Find(name)!.Better);
        EarlyStoppingDecision decision = EarlyStopping.Decide(
            new EarlyStoppingOptions { Monitor = $"val.{name}" }, new History([.. new[] { 0.3, 0.7, 0.5 }.Select((value, i) => Validation(i + 1, name, value))]));
        Assert.Equal(better == MonitorMode.Max ? 2 : 1, decision.Best!.At.Epoch);
    }

    [Fact]
    public void The_directions_cover_all_metrics()
        => Assert.Equal(Directions.Select(d => d.Data.Item1).Order(StringComparer.Ordinal), MetricName.BuiltIn.Select(m => m.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("val.loss", MonitorMode.Max, "min")]
    [InlineData("train.loss", MonitorMode.Max, "min")]
    [InlineData("val.accuracy", MonitorMode.Min, "max")]
    [InlineData("val.f1_macro", MonitorMode.Min, "max")]
    public void A_mode_that_contradicts_the_metric_is_an_error_before_the_first_step(string monitor, MonitorMode mode, string expected)
    {
        var log = new EventLog();
        RequestException refused = Assert.Throws<RequestException>(() => Fit(
            new TrainOptions
            {
                EarlyStopping = new EarlyStoppingOptions { Monitor = monitor, Mode = mode },
                Schedule = new ReduceOnPlateau { Monitor = monitor, Mode = mode },
            },
            log));
        Assert.Equal(["early_stopping.mode", "schedule.mode"], refused.Problems.Select(p => p.Where));
        Assert.All(refused.Problems, p => Assert.StartsWith(expected, p.Expected, StringComparison.Ordinal));
        Assert.Empty(log.Events);
    }

    [Theory]
    [InlineData("val.loss", MonitorMode.Min)]
    [InlineData("val.accuracy", MonitorMode.Max)]
    [InlineData("val.accuracy", null)]
    public void A_mode_equal_to_the_metrics_direction_does_not_change_the_result(string monitor, MonitorMode? mode)
    {
        TrainResult result = Fit(new TrainOptions
        {
            Epochs = 3, EarlyStopping = new EarlyStoppingOptions { Monitor = monitor, Mode = mode }, Schedule = new ReduceOnPlateau { Monitor = monitor, Mode = mode },
        });
        double[] values = [.. result.History.Course(monitor).Select(p => p.Value)];
        Assert.Equal(monitor == "val.loss" ? values.Min() : values.Max(), result.Best!.Value);
    }

    [Fact]
    public void The_schedule_uses_the_direction_of_its_metric()
    {
        var schedule = new ReduceOnPlateau { Monitor = "val.accuracy", Patience = 0, Factor = 0.5 };
        History history = Fit(new TrainOptions { Epochs = 6, EarlyStopping = null, Schedule = schedule }, lr: 0.003).History;
        double[] accuracies = [.. history.Course("val.accuracy").Select(p => p.Value)];
        Assert.True(accuracies[0] < accuracies[^1]);
        double Last(MonitorMode mode) => 0.003 * (schedule with { Mode = mode }).FactorAt(new ScheduleProgress(18, 6, 3, 18) { Lr = 0.003, Watched = accuracies[..^1] });
        Assert.NotEqual(Last(MonitorMode.Min), Last(MonitorMode.Max));
        Assert.Equal(Last(MonitorMode.Max), history.Last(Pass.Train)!.Lr);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_monitored_value_that_is_never_finite_fails_the_training(double value)
    {
        var log = new EventLog();
        WorkFailedException failed = Assert.Throws<WorkFailedException>(() => Fit(
            new TrainOptions { Epochs = 3 }, log, objective: new ScriptedLoss([value])));
        Assert.StartsWith("val.loss was never a finite number in 3 passes", failed.Problem.Message, StringComparison.Ordinal);
        TrainEvent.Ended ended = Assert.IsType<TrainEvent.Ended>(log.Events[^1]);
        Assert.Equal(TrainStatus.Failed, ended.Result.Status);
    }

    [Fact]
    public void A_schedule_whose_monitored_value_is_never_finite_fails_the_training()
        => Assert.StartsWith("val.loss was never", Assert.Throws<WorkFailedException>(() => Fit(
            new TrainOptions { Epochs = 2, EarlyStopping = new EarlyStoppingOptions { Monitor = "train.loss" }, Schedule = new ReduceOnPlateau() },
            objective: new ScriptedLoss([double.NaN]))).Problem.Message, StringComparison.Ordinal);

    [Fact]
    public void A_final_validation_loss_that_is_not_finite_fails_the_training_unless_earlier_weights_are_restored()
    {
        double[] losses = [0.5, 0.4, double.NaN];
        TrainResult result = Fit(new TrainOptions { Epochs = 3, EarlyStopping = new EarlyStoppingOptions() }, objective: new ScriptedLoss(losses));
        Assert.Equal((TrainStatus.Finished, 2, true), (result.Status, result.Best!.At.Epoch, result.Restored));
        foreach (EarlyStoppingOptions? stopping in new[] { null, new EarlyStoppingOptions { RestoreBest = false } })
        {
            Problem problem = Assert.Throws<WorkFailedException>(
                () => Fit(new TrainOptions { Epochs = 3, EarlyStopping = stopping }, objective: new ScriptedLoss(losses))).Problem;
            Assert.Equal(("The val loss is not a finite number", "epoch 3, step 9", "NaN"), (problem.Message, problem.Where, problem.Received));
        }
    }

    [Fact]
    public void R2_of_one_sample_cannot_be_monitored()
    {
        static void Train(int samples)
        {
            ArrayDataset data = ArrayDataset.ForRegression(new float[14], [.. Enumerable.Range(0, 7).Select(i => (float)i)], new SampleShape(2), SampleShape.Scalar);
            ArrayDataset validation = ArrayDataset.ForRegression(new float[2 * samples], new float[samples], new SampleShape(2), SampleShape.Scalar);
            using TinyNet model = TinyNet.Seeded(features: 2, classes: 1);
            using DataLoader train = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 3 });
            using DataLoader loader = DataLoader.ForEvaluation(validation);
            new Trainer(new TrainOptions { Epochs = 1, EarlyStopping = new EarlyStoppingOptions { Monitor = "val.r2" } })
                .Fit(model, Objectives.Mse, Optimizers.Sgd(0.01), train, loader);
        }

        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Train(1)).Problems);
        Assert.Equal("early_stopping.monitor", problem.Where);
        Assert.Contains("R² needs at least two samples", problem.Message, StringComparison.Ordinal);
        Train(2);
    }

    [Theory]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 1 }, "every sample is of class 'class 1'")]
    [InlineData(new[] { 0, 0, 0 }, "every sample is of class 'class 0'")]
    [InlineData(new[] { 0, 0, 0, 0, 0, 0, 1 }, null)]
    public void Auroc_of_one_class_cannot_be_monitored(int[] labels, string? reason)
    {
        ArrayDataset data = TinyData.Clusters(14, features: 2, classes: 2);
        ArrayDataset validation = ArrayDataset.ForClassification(new float[2 * labels.Length], labels, new SampleShape(2), data.Classes);
        using TinyNet model = TinyNet.Seeded(features: 2, classes: 1);
        var trainer = new Trainer(new TrainOptions
        {
            Epochs = 1, EarlyStopping = new EarlyStoppingOptions { Monitor = "val.auroc" }, Schedule = new ReduceOnPlateau { Monitor = "val.auroc" },
        });
        using DataLoader train = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 5 });

        // Batches of two: the only positive sample is in the last one.
        using DataLoader loader = DataLoader.ForEvaluation(validation, new LoaderOptions { EvalBatchSize = 2 });
        if (reason is null)
        {
            trainer.Fit(model, Objectives.BinaryCrossEntropy, Optimizers.Sgd(0.01), train, loader);
        }
        else
        {
            RequestException refused = Assert.Throws<RequestException>(() => trainer.Fit(model, Objectives.BinaryCrossEntropy, Optimizers.Sgd(0.01), train, loader));
            Assert.Equal(["early_stopping.monitor", "schedule.monitor"], refused.Problems.Select(p => p.Where));
            Assert.Contains(reason, refused.Problems[0].Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Auroc_of_constant_labels_cannot_be_monitored()
    {
        ArrayDataset data = ArrayDataset.ForMultilabel([.. Enumerable.Range(0, 5).Select(i => (float)i)], [0, 1, 0, 1, 0, 1, 0, 1, 0, 1], new SampleShape(1), ["never", "always"]);
        using TinyNet model = TinyNet.Seeded(features: 1, classes: 2);
        using DataLoader train = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 3 });
        using DataLoader validation = DataLoader.ForEvaluation(data);
        Assert.Contains("no label has both", Assert.Throws<RequestException>(
            () => new Trainer(new TrainOptions { Epochs = 1, EarlyStopping = new EarlyStoppingOptions { Monitor = "val.auroc_macro" } })
                .Fit(model, Objectives.MultilabelCrossEntropy, Optimizers.Sgd(0.01), train, validation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Histories_share_their_earlier_passes()
    {
        // Copying the history for each pass would allocate 400 MB here: 8 bytes for each earlier pass.
        Pass[] passes = [.. Enumerable.Range(1, 10_000).Select(i => Validation(i, "loss", 1.0 / i))];
        long before = GC.GetAllocatedBytesForCurrentThread();
        History history = History.Empty;
        foreach (Pass pass in passes)
        {
            history = history.With(pass);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
        Assert.Equal(10_000, history.Passes.Count);
        Assert.Equal(10_000, history.Last(Pass.Validation)!.At.Epoch);
        Assert.Equal(1e-4, EarlyStopping.Decide(new EarlyStoppingOptions(), history).Best!.Value);
    }

    private static Pass Validation(int epoch, string metric, double value) => new()
    {
        At = new Progress(epoch, epoch * 3),
        Split = Pass.Validation,
        Samples = 5,
        Loss = metric == "loss" ? value : 1,
        Metrics = metric == "loss" ? new Dictionary<string, double>() : new Dictionary<string, double> { [metric] = value },
        Seconds = 0,
    };

    private static TrainResult Fit(TrainOptions options, EventLog? log = null, Objective? objective = null, double lr = 0.02)
    {
        using TinyNet model = TinyNet.Seeded();
        using DataLoader train = DataLoader.ForTraining(TinyData.Clusters(41), new LoaderOptions { BatchSize = 17, Workers = 0 });
        using DataLoader validation = DataLoader.ForEvaluation(TinyData.Clusters(19, seed: 8), new LoaderOptions { EvalBatchSize = 100 });
        return new Trainer(options, log is null ? [] : [log]).Fit(model, objective ?? Objectives.CrossEntropy, Optimizers.AdamW(lr), train, validation);
    }
}
