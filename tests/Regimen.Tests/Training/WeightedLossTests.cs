using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Training;

/// <summary>Losses that are weighted means, and losses of named parts, in the trainer and the evaluator.</summary>
public sealed class WeightedLossTests
{
    public static TheoryData<Objective> Weighted =>
    [
        new CrossEntropy { ClassWeights = [0.2, 3, 1] },
        new CrossEntropy { ClassWeights = ClassWeights.Balanced, LabelSmoothing = 0.1 },
        new CrossEntropy { IgnoreIndex = 1 },
        Objectives.CrossEntropy,
    ];

    /// <summary>23 samples as one batch, and as five batches of which the last is shorter.</summary>
    [Theory]
    [MemberData(nameof(Weighted), DisableDiscoveryEnumeration = true)]
    public void An_accumulated_step_equals_that_of_one_large_batch(Objective objective)
    {
        (float loss, float[] weights) = Step(objective, batchSize: 23, accumulate: 1);
        (float accumulated, float[] same) = Step(objective, batchSize: 5, accumulate: 5);
        Assert.Equal(loss, accumulated, 2e-6);
        WeightValues.AreNear(weights, same, 2e-6);
    }

    [Theory]
    [MemberData(nameof(Weighted), DisableDiscoveryEnumeration = true)]
    public void An_evaluation_does_not_depend_on_the_division_into_batches(Objective objective)
    {
        Subset data = Uneven(23);
        Objective measured = objective.For(data);
        using TinyNet model = TinyNet.Seeded();
        EvaluationResult[] results = [.. new[] { 23, 7, 1 }.Select(size =>
        {
            using DataLoader loader = DataLoader.ForEvaluation(data, new LoaderOptions { EvalBatchSize = size, Workers = 0 });
            return Evaluator.Evaluate(model, measured, loader, [new TopK { K = 2 }, new CalibrationError()], TestContext.Current.CancellationToken);
        })];
        Assert.All(results, r => Assert.Equal(results[0].Loss, r.Loss, 1e-6));
        Assert.All(results, r => Assert.Equal(results[0].Metrics["accuracy"], r.Metrics["accuracy"]));
    }

    [Fact]
    public void Metrics_leave_out_the_samples_of_an_ignored_class()
    {
        Subset data = Uneven(23);
        int[] kept = [.. data.Labels!.Index().Where(l => l.Item != 1).Select(l => l.Index)];
        using TinyNet model = TinyNet.Seeded();
        Metric[] metrics = [new TopK { K = 2 }, new CalibrationError()];
        EvaluationResult ignoring = Evaluator.Evaluate(model, new CrossEntropy { IgnoreIndex = 1 }, data, metrics, TestContext.Current.CancellationToken);
        EvaluationResult others = Evaluator.Evaluate(model, Objectives.CrossEntropy, new Subset(data, kept), metrics, TestContext.Current.CancellationToken);
        Assert.Equal(others.Loss, ignoring.Loss, 1e-6);
        Assert.Equal(others.Metrics.Keys, ignoring.Metrics.Keys);
        Assert.All(others.Metrics, m => Assert.Equal(m.Value, ignoring.Metrics[m.Key], 1e-6));
        Assert.Equal(0, ignoring.Confusion!.Cells.Where(c => c.Pair.True == 1).Sum(c => c.Count));
    }

    [Fact]
    public void Metrics_of_tokens_leave_out_ignored_positions()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor([.. Enumerable.Range(0, 2 * 3 * 4).Select(i => MathF.Sin(i * 1.7f))], 2, 3, 4);
        Tensor tokens = tensor([0L, -1, 2, -1, 3, 1], 2, 3);
        var metrics = new NextTokenMetrics(ignored: -1);
        metrics.Add(logits, tokens);
        Tensor logs = logits.log_softmax(-1);
        double[] own = [logs[0, 0, 0].ToDouble(), logs[0, 2, 2].ToDouble(), logs[1, 1, 3].ToDouble(), logs[1, 2, 1].ToDouble()];
        Assert.Equal(Math.Exp(-own.Average()), metrics.Values["perplexity"], 1e-6);
        Assert.Throws<RequestException>(() => new NextTokenMetrics().Add(logits, tokens));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_parts_of_a_loss_are_its_means_over_the_samples_of_an_epoch(int accumulate)
    {
        Subset data = Uneven(23);
        using TinyNet model = TinyNet.Seeded();
        var log = new EventLog();
        using DataLoader train = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 4, Workers = 0 });
        using DataLoader validation = DataLoader.ForEvaluation(data, new LoaderOptions { EvalBatchSize = 5, Workers = 0 });
        TrainResult result = new Trainer(new TrainOptions { Epochs = 2, Accumulate = accumulate }, [log])
            .Fit(model, TwoParts, Optimizers.Sgd(0.05), train, validation, cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(result.History.Passes, p => Assert.Equal(p.Loss, p.Metrics["half"] + p.Metrics["rest"], 1e-6));
        Pass last = result.History.Last(Pass.Train)!;
        Assert.Equal(["half", "rest"], last.Metrics.Keys);
        TrainEvent.StepTaken[] steps = [.. log.Events.OfType<TrainEvent.StepTaken>()];
        TrainEvent.StepTaken[] ofEpoch = [.. steps.TakeLast(steps.Length / 2)];
        Assert.Equal(ofEpoch.Sum(s => s.Parts[0] * s.Samples) / 23, last.Metrics["half"], 1e-12);
        Assert.All(steps, s => Assert.Equal(s.Loss, s.Parts.Sum(), 1e-5));

        using TinyNet plain = TinyNet.Seeded();
        using DataLoader again = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 4, Workers = 0 });
        new Trainer(new TrainOptions { Epochs = 2, Accumulate = accumulate })
            .Fit(plain, Objectives.CrossEntropy, Optimizers.Sgd(0.05), again, validation, cancellationToken: TestContext.Current.CancellationToken);
        WeightValues.AreNear(Values(plain), Values(model), 1e-5);
        Assert.Equal(Evaluator.Evaluate(plain, Objectives.CrossEntropy, data, cancellationToken: TestContext.Current.CancellationToken).Loss, result.History.Last(Pass.Validation)!.Loss, 1e-5);
    }

    [Fact]
    public void A_part_can_be_monitored_and_an_undeclared_one_is_refused()
    {
        var watched = new TrainOptions { Epochs = 2, EarlyStopping = new EarlyStoppingOptions { Monitor = "val.rest" } };
        using TinyNet model = TinyNet.Seeded();
        TrainResult result = new Trainer(watched).Fit(model, TwoParts, Optimizers.Sgd(0.05), Uneven(23), Uneven(11), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(result.History.Course("val.rest").Min(v => v.Value), result.Best!.Value);

        Objective undeclared = Objectives.From(Halves, PredictionTask.Classification, ["half"]);
        RequestException refused = Assert.Throws<RequestException>(() => new Trainer(watched with { EarlyStopping = null }).Fit(model, undeclared, Optimizers.Sgd(0.05), Uneven(23), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(("half", "half, rest"), (refused.Problems[0].Expected, refused.Problems[0].Received));
        Objective taken = Objectives.From(Halves, PredictionTask.Classification, ["loss", "rest"]);
        Assert.Contains("named 'loss'", Assert.Throws<RequestException>(() => new Trainer(watched).Fit(model, taken, Optimizers.Sgd(0.05), Uneven(23), cancellationToken: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    /// <summary>The settings that a program's run records keep their earlier form, so that runs of earlier versions resume.</summary>
    [Fact]
    public void The_recorded_settings_of_an_unweighted_loss_are_as_before()
    {
        JsonObject Settings(Objective objective)
        {
            using TinyNet model = TinyNet.Seeded();
            using DataLoader train = DataLoader.ForTraining(Uneven(11));
            return TrainingSettings.Of(new TrainSetup(model, new TrainOptions(), objective, Optimizers.Sgd(0.1), train, null), 1);
        }

        JsonObject now = Settings(new BinaryCrossEntropy());
        Assert.Equal("1", now["objective"]!["pos_weight"]!.ToJsonString());
        JsonObject before = Settings(new CrossEntropy());
        before["objective"]!.AsObject().Remove("class_weights");
        before["objective"]!.AsObject().Remove("ignore_index");
        Assert.Empty(TrainingSettings.Differences(before, Settings(new CrossEntropy())));
        Assert.Equal("objective.class_weights", Assert.Single(TrainingSettings.Differences(before, Settings(new CrossEntropy { ClassWeights = ClassWeights.Balanced }))).Where);
    }

    private static Objective TwoParts => Objectives.From(Halves, PredictionTask.Classification, ["half", "rest"]);

    private static ObjectiveResult Halves(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        Tensor logs = output.log_softmax(1).gather(1, batch.Target.unsqueeze(1)).neg();
        using Scalar half = 0.25;
        using Scalar rest = 0.75;
        Tensor mean = logs.mean();
        return new(mean, output) { Parts = [("half", mean.mul(half)), ("rest", mean.mul(rest))] };
    }

    private static (float Loss, float[] Weights) Step(Objective objective, int batchSize, int accumulate)
    {
        using TinyNet model = TinyNet.Seeded();
        var log = new EventLog();
        using DataLoader train = DataLoader.ForTraining(Uneven(23), new LoaderOptions { BatchSize = batchSize, Workers = 0 });
        new Trainer(new TrainOptions { Epochs = 1, Accumulate = accumulate }, [log]).Fit(model, objective, Optimizers.Sgd(0.5), train, cancellationToken: TestContext.Current.CancellationToken);
        return (Assert.Single(log.Events.OfType<TrainEvent.StepTaken>()).Loss, Values(model));
    }

    private static float[] Values(nn.Module model) => [.. model.parameters().SelectMany(p => TensorMemory.Span<float>(p).ToArray())];

    /// <summary>Clusters of three classes, most samples of the first.</summary>
    private static Subset Uneven(int count)
    {
        ArrayDataset all = TinyData.Clusters(3 * count);
        return new Subset(all, [.. Enumerable.Range(0, 3 * count).Where(i => i % 3 == 0 || i % 5 == 1 || i % 7 == 2).Take(count)]);
    }
}
