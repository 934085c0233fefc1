using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

/// <summary>Tests metrics that are asked for beside the task's own, merging, and evaluation and prediction on data sets and loaders.</summary>
public sealed class MetricTests
{
    /// <summary>References: scikit-learn 1.2's top_k_accuracy_score, and a calibration error computed by hand.</summary>
    [Fact]
    public void Top_k_and_calibration_error_have_their_reference_values()
    {
        using Tensor logits = tensor(new float[,] { { 2, 1, 0, -1 }, { 0, 3, 1, 2 }, { 1, 1, 1, 1 }, { 0, 0, 5, 0 }, { float.NaN, 1, 2, 3 } });
        using Tensor target = tensor(new long[] { 1, 2, 3, 2, 3 });
        using var batch = new Batch([new("input", zeros(5, 1)), new("target", target.clone())], 5);
        using Tensor finite = logits.narrow(0, 0, 4);
        using var four = new Batch([new("input", zeros(4, 1)), new("target", target.narrow(0, 0, 4).clone())], 4);
        Assert.Equal(0.25, Measure(new TopK { K = 1 }, finite, four)["top_1_accuracy"]);
        Assert.Equal(0.5, Measure(new TopK { K = 2 }, finite, four)["top_2_accuracy"]);
        Assert.Equal(0.75, Measure(new TopK { K = 3 }, finite, four)["top_3_accuracy"]);
        Assert.Equal(1, Measure(new TopK { K = 9 }, finite, four)["top_9_accuracy"]);
        Assert.Equal(0.8, Measure(new TopK { K = 4 }, logits, batch)["top_4_accuracy"]);

        // Confidences 0.6439 (wrong), 0.6439 (wrong), 0.25 (wrong: the first of equals is class 0), 0.9802 (right).
        double first = Math.Exp(2) / (Math.Exp(2) + Math.Exp(1) + 1 + Math.Exp(-1));
        double last = Math.Exp(5) / (Math.Exp(5) + 3);
        Assert.Equal(((2 * first) + 0.25 + (1 - last)) / 4, Measure(new CalibrationError(), finite, four)["calibration_error"], 1e-6);
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        Assert.Equal(((2 * first) + 0.25 + (1 - last)) / 4, Measure(new CalibrationError(), finite, four)["calibration_error"], 1e-6);
        Assert.True(double.IsNaN(Measure(new CalibrationError(), logits, batch)["calibration_error"]));
    }

    /// <summary>Each part of the data is measured by another instance, and merged in order.</summary>
    [Theory]
    [InlineData("classification")]
    [InlineData("binary")]
    [InlineData("multilabel")]
    [InlineData("regression")]
    [InlineData("top_k")]
    [InlineData("calibration_error")]
    public void Merged_parts_give_the_values_of_the_whole(string kind)
    {
        TorchRandom.SeedInitialization(5);
        string[] names = ["a", "b", "c", "d", "e", "f", "g"];
        (Func<IMetric> Create, Tensor Predictions, Tensor Targets) data = kind switch
        {
            "classification" => ((Func<IMetric>)(() => (IMetric)new ClassificationMetrics(names)), randn(53, 7), randint(7, 53, ScalarType.Int64)),
            "binary" => ((Func<IMetric>)(() => (IMetric)new BinaryMetrics(["a", "b"])), randn(53), randint(2, 53, ScalarType.Int64)),
            "multilabel" => ((Func<IMetric>)(() => (IMetric)new MultiLabelMetrics(names)), randn(53, 7), randint(2, new long[] { 53, 7 }, ScalarType.Int64).to(ScalarType.Float32)),
            "regression" => ((Func<IMetric>)(() => (IMetric)new RegressionMetrics()), randn(53, 3), randn(53, 3)),
            "top_k" => ((Func<IMetric>)(() => new TopK { K = 2 }.Create(new MetricContext(names))), randn(53, 7), randint(7, 53, ScalarType.Int64)),
            _ => ((Func<IMetric>)(() => new CalibrationError { Bins = 4 }.Create(new MetricContext(names))), randn(53, 7), randint(7, 53, ScalarType.Int64)),
        };
        (Func<IMetric> create, Tensor predictions, Tensor targets) = data;
        IMetric whole = create();
        Add(whole, 0, 53);
        IMetric merged = create();
        merged.Merge(create());
        foreach ((int from, int count) in new[] { (0, 19), (19, 1), (20, 33) })
        {
            IMetric part = create();
            Add(part, from, count);
            merged.Merge(part);
        }

        Assert.Equal(whole.Names.Select(n => n.Name), whole.Values.Keys);
        foreach ((string name, double value) in whole.Values)
        {
            Assert.Equal(value, merged.Values[name], 1e-12);
        }

        Assert.Throws<ArgumentException>(() => merged.Merge(new Named("x").Create(new MetricContext([]))));

        void Add(IMetric metric, int from, int count)
        {
            using DisposeScope scope = NewDisposeScope();
            using var batch = new Batch([new("input", zeros(count)), new("target", targets.narrow(0, from, count).clone())], count);
            metric.Add(predictions.narrow(0, from, count), batch);
        }
    }

    [Fact]
    public void A_metric_is_measured_beside_the_tasks_own_and_watched_by_early_stopping()
    {
        using TinyNet model = TinyNet.Seeded();
        ArrayDataset data = TinyData.Clusters(47);
        var options = new TrainOptions { Epochs = 6, Metrics = [new Named("drift")], EarlyStopping = new EarlyStoppingOptions { Monitor = "val.drift", Patience = 2 } };
        var result = new Trainer(options).Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), data, data, batchSize: 7, cancellationToken: TestContext.Current.CancellationToken);

        // The metric counts its measurements, and a lower count is better: the first is the best, and the third stops the training.
        Assert.Equal((1, 3), (result.Best!.At.Epoch, result.At.Epoch));
        Assert.Contains("val.drift has not improved", result.Reason, StringComparison.Ordinal);
        Assert.True(result.History.Last("val")!.Metrics.ContainsKey("accuracy"));
    }

    [Fact]
    public void A_name_that_is_taken_or_no_key_is_refused_before_the_first_step()
    {
        using TinyNet model = TinyNet.Seeded();
        ArrayDataset data = TinyData.Clusters(47);
        foreach ((string name, string message) in new[] { ("accuracy", "Two metrics have a value named 'accuracy'"), ("loss", "Two metrics have a value named 'loss'"), ("epoch", "a column of metrics.jsonl"), ("samples_per_second", "a column of metrics.jsonl"), ("A b", "is not a valid key") })
        {
            var trainer = new Trainer(new TrainOptions { Metrics = [new Named(name)] });
            Assert.Contains(message, Assert.Throws<RequestException>(() => trainer.Fit(model, Objectives.CrossEntropy, Optimizers.Sgd(0.1), data, data)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Evaluate_and_predict_take_a_data_set_or_a_loader_and_agree()
    {
        using TinyNet model = TinyNet.Seeded();
        ArrayDataset data = TinyData.Clusters(131);
        using DataLoader loader = DataLoader.ForEvaluation(data, new LoaderOptions { EvalBatchSize = 131 });
        EvaluationResult ofSet = Evaluator.Evaluate(model, Objectives.CrossEntropy, data, [new TopK { K = 1 }], TestContext.Current.CancellationToken);
        EvaluationResult ofLoader = Evaluator.Evaluate(model, Objectives.CrossEntropy, loader, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(ofLoader.Metrics["accuracy"], ofSet.Metrics["accuracy"]);
        Assert.Equal(ofSet.Metrics["accuracy"], ofSet.Metrics["top_1_accuracy"]);

        using Tensor outputs = Evaluator.Predict(model, data, cancellationToken: TestContext.Current.CancellationToken);
        using Tensor again = Evaluator.Predict(model, loader, Objectives.CrossEntropy, TestContext.Current.CancellationToken);
        Assert.Equal([131, 3], outputs.shape);
        Assert.True(outputs.eq(again).all().ToBoolean());
        using Tensor labels = tensor(data.Labels!.Select(l => (long)l).ToArray());
        Assert.Equal(ofSet.Metrics["accuracy"], outputs.argmax(1).eq(labels).to(ScalarType.Float64).mean().ToDouble(), 1e-12);
        Assert.True(model.training);
    }

    [Fact]
    public void A_loader_for_training_has_no_order_of_its_own()
    {
        using DataLoader loader = DataLoader.ForTraining(TinyData.Clusters(9));
        Assert.Throws<InvalidOperationException>(() => loader.InOrder(TestContext.Current.CancellationToken));
    }

    private static IReadOnlyDictionary<string, double> Measure(Metric metric, Tensor predictions, Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        IMetric measured = metric.Create(new MetricContext(["a", "b", "c", "d"]));
        measured.Add(predictions, batch);
        return measured.Values;
    }

    /// <summary>The number of the measurement, over all instances of one record.</summary>
    private sealed record Named(string Name) : Metric
    {
        private int _created;

        public override IMetric Create(MetricContext context) => new Count(Name, this);

        private sealed class Count(string name, Named owner) : IMetric
        {
            private double _value = double.NaN;

            public IReadOnlyList<MetricName> Names { get; } = [new(name, MonitorMode.Min)];

            public IReadOnlyDictionary<string, double> Values => new Dictionary<string, double> { [name] = _value };

            public void Add(Tensor predictions, Batch batch) => _value = double.IsNaN(_value) ? ++owner._created : _value;

            public void Merge(IMetric other) => throw new NotSupportedException();
        }
    }
}
