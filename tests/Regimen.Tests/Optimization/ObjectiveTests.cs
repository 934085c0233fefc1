using Regimen.Data;
using Regimen.Engine;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

public sealed class ObjectiveTests : IDisposable
{
    private static readonly float[] Outputs = [0.5f, -1.25f, 3, 0.125f, -4, 2.5f];
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Names => ["mse", "huber", "huber 0.5", "binary", "binary weighted", "labels", "labels weighted"];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_loss_equals_the_formula_and_its_gradient_the_difference_quotient(string name)
    {
        (Objective objective, Func<double, double, double> formula, bool binary) = Case(name);
        float[] targets = binary ? [1, 0, 1, 1, 0, 0] : [1, -1, 0.5f, 0, -3.875f, 9];
        Tensor target = name.StartsWith("binary", StringComparison.Ordinal) ? tensor(Array.ConvertAll(targets, t => (long)t))
            : name.StartsWith("labels", StringComparison.Ordinal) ? tensor(targets, [3, 2]) : tensor(targets);
        long[] shape = target.dim() == 2 ? [3, 2] : [6, 1];
        using Tensor output = tensor(Outputs, shape, requires_grad: true);
        Tensor loss = Loss(objective, output, target);
        loss.backward();

        Assert.Equal(Outputs.Zip(targets, (o, t) => formula(o, t)).Average(), loss.ToDouble(), 1e-6);
        float[] gradient = TensorMemory.Span<float>(output.grad!).ToArray();
        for (int i = 0; i < Outputs.Length; i++)
        {
            double slope = (formula(Outputs[i] + 1e-6, targets[i]) - formula(Outputs[i] - 1e-6, targets[i])) / 2e-6;
            Assert.Equal(slope / Outputs.Length, gradient[i], 1e-5);
        }
    }

    [Fact]
    public void An_output_of_one_column_is_not_broadcast_over_the_targets()
    {
        // libtorch would broadcast [3, 1] over [3] to nine pairs.
        using Tensor output = tensor((float[])[1, 2, 3], [3, 1]);
        Assert.Equal(0, Loss(Objectives.Mse, output, tensor((float[])[1, 2, 3])).ToDouble());
        Assert.Equal(0, Loss(Objectives.Huber(), output, tensor((float[])[1, 2, 3])).ToDouble());

        RequestException refused = Assert.Throws<RequestException>(() => Loss(Objectives.Mse, output, zeros(3, 2)));
        Assert.Equal("[3, 1]", refused.Problems[0].Received);
        Assert.Throws<RequestException>(() => Loss(Objectives.Mse, zeros(3, 2, 4), zeros(3, 4, 2)));
        Assert.Throws<RequestException>(() => Loss(Objectives.MultilabelCrossEntropy, zeros(2, 3), zeros(3, 2)));
        Assert.Throws<RequestException>(() => Loss(Objectives.BinaryCrossEntropy, zeros(3, 2), zeros(3, ScalarType.Int64)));
    }

    [Theory]
    [InlineData("classes 3", "cross_entropy", 3)]
    [InlineData("classes 2", "cross_entropy", 2)]
    [InlineData("classes 2", "binary", 1)]
    [InlineData("values 1", "mse", 1)]
    [InlineData("values 4", "huber", 4)]
    [InlineData("labels 3", "labels", 3)]
    [InlineData("classes 3", "other", 3)]
    public void A_fitting_objective_determines_the_number_of_outputs(string data, string objective, int outputs)
    {
        IDataset set = Data(data);
        Assert.Empty(ObjectiveCheck.Check(Case(objective).Objective, set));
        Assert.Equal(outputs, ObjectiveCheck.Outputs(Case(objective).Objective, set));
    }

    [Theory]
    [InlineData("classes 3", "mse", "numbers as targets", "one of 3 classes per sample", "objective=cross_entropy.")]
    [InlineData("classes 10", "binary", "one of two classes per sample", "one of 10 classes per sample", "objective=cross_entropy.")]
    [InlineData("classes 2", "labels", "any number of labels per sample", "one of 2 classes per sample", "objective=binary_cross_entropy.")]
    [InlineData("values 1", "cross_entropy", "one class per sample", "one number per sample", "objective=mse")]
    [InlineData("values 2", "labels", "any number of labels per sample", "2 numbers per sample", "objective=mse")]
    [InlineData("labels 3", "cross_entropy", "one class per sample", "any number of 3 labels per sample", "objective=multilabel_cross_entropy.")]
    [InlineData("labels 3", "huber", "numbers as targets", "any number of 3 labels per sample", "objective=multilabel_cross_entropy.")]
    public void An_objective_that_does_not_fit_is_an_error_before_the_first_step(string data, string objective, string expected, string received, string hint)
    {
        using TinyNet model = TinyNet.Seeded(features: 2, classes: 1);
        var log = new EventLog();
        RequestException refused = Assert.Throws<RequestException>(() => new Trainer(new TrainOptions { EarlyStopping = null }, [log]).Fit(
            model, Case(objective).Objective, Optimizers.Sgd(0.1), Data(data), cancellationToken: TestContext.Current.CancellationToken));
        Problem problem = Assert.Single(refused.Problems);
        Assert.StartsWith("objective=", problem.Where, StringComparison.Ordinal);
        Assert.StartsWith(expected, problem.Expected, StringComparison.Ordinal);
        Assert.Equal(received, problem.Received);
        Assert.Contains(hint, problem.Hint, StringComparison.Ordinal);
        Assert.Empty(log.Events);
    }

    [Fact]
    public void A_regression_is_trained_with_early_stopping_on_its_metric()
    {
        float[] x = [.. Enumerable.Range(0, 200).Select(i => ((i * 37 % 200) / 100f) - 1)];
        ArrayDataset data = ArrayDataset.ForRegression(
            [.. x.SelectMany(v => new[] { v, v * v })], [.. x.SelectMany(v => new[] { (2 * v) + 1, v * v })], new SampleShape(2), new SampleShape(2));
        using TinyNet model = TinyNet.Seeded(features: 2, classes: 2);
        var stopping = new EarlyStoppingOptions { Monitor = "val.r2", Mode = MonitorMode.Max, Patience = 5 };
        TrainResult result = new Trainer(new TrainOptions { Epochs = 60, EarlyStopping = stopping }).Fit(
            model, Objectives.Mse, Optimizers.AdamW(0.02), data, data, cancellationToken: TestContext.Current.CancellationToken);
        Pass last = result.History.Last(Pass.Validation)!;
        Assert.Equal(["rmse", "mae", "r2"], last.Metrics.Keys);
        Assert.True(result.Best!.Value > 0.99, $"R² {result.Best.Value}");
    }

    [Fact]
    public void Multi_label_and_binary_tasks_are_trained()
    {
        ArrayDataset clusters = TinyData.Clusters(features: 2, classes: 2);
        using TinyNet binary = TinyNet.Seeded(features: 2, classes: 1);
        TrainResult two = new Trainer(new TrainOptions { Epochs = 20 }).Fit(
            binary, Objectives.BinaryCrossEntropy, Optimizers.AdamW(0.02), clusters, clusters, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, two.History.Last(Pass.Validation)!.Metrics["auroc"]);

        float[] points = [.. Enumerable.Range(0, 400).Select(i => ((i * 73 % 400) / 200f) - 1)];
        ArrayDataset halves = ArrayDataset.ForMultilabel(points, [.. points.Select(p => p > 0 ? 1f : 0)], new SampleShape(2), ["right", "upper"]);
        using TinyNet labels = TinyNet.Seeded(features: 2, classes: 2);
        TrainResult many = new Trainer(new TrainOptions { Epochs = 60 }).Fit(
            labels, Objectives.MultilabelCrossEntropy, Optimizers.AdamW(0.05), halves, halves, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(many.History.Last(Pass.Validation)!.Metrics["f1_macro"] > 0.95);
    }

    [Fact]
    public void Labels_other_than_0_and_1_are_an_error()
    {
        var shape = new SampleShape(1);
        Assert.Contains("0.5 for sample 1", Assert.Throws<ArgumentException>(
            () => ArrayDataset.ForMultilabel([1, 2], [0, 1, 0.5f, 1], shape, ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ArrayDataset.ForMultilabel([1, 2], [0, 1, 1], shape, ["a", "b"]));
        Assert.Throws<ArgumentException>(() => ArrayDataset.ForMultilabel([1, 2, 3], [0, 1, 1, 0], shape, ["a", "b"]));
    }

    public void Dispose() => _scope.Dispose();

    private static Tensor Loss(Objective objective, Tensor output, Tensor target)
    {
        using var model = nn.Identity();
        var batch = new Batch([new(Field.Input, output), new(Field.Target, target)], (int)target.shape[0]);
        return objective.Compute(model, batch).Loss;
    }

    private static IDataset Data(string what)
    {
        int size = int.Parse(what.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        var shape = new SampleShape(2);
        return what[..6] switch
        {
            "classe" => TinyData.Clusters(100, 2, size),
            "values" => ArrayDataset.ForRegression(new float[200], new float[100 * size], shape, size == 1 ? SampleShape.Scalar : new SampleShape(size)),
            _ => ArrayDataset.ForMultilabel(new float[200], new float[100 * size], shape, [.. Enumerable.Range(0, size).Select(i => $"{i}")]),
        };
    }

    private static (Objective Objective, Func<double, double, double> Formula, bool Binary) Case(string name) => name switch
    {
        "mse" => (Objectives.Mse, (o, t) => (o - t) * (o - t), false),
        "huber" => (Objectives.Huber(), Huber(1), false),
        "huber 0.5" => (Objectives.Huber(0.5), Huber(0.5), false),
        "binary" => (Objectives.BinaryCrossEntropy, Sigmoid(1), true),
        "binary weighted" => (new BinaryCrossEntropy { PosWeight = 3 }, Sigmoid(3), true),
        "labels" => (Objectives.MultilabelCrossEntropy, Sigmoid(1), true),
        "labels weighted" => (new MultilabelCrossEntropy { PosWeight = 0.25 }, Sigmoid(0.25), true),
        "cross_entropy" => (Objectives.CrossEntropy, (_, _) => 0, true),
        _ => (Objectives.From((_, _) => throw new NotSupportedException()), (_, _) => 0, false),
    };

    private static Func<double, double, double> Huber(double delta) => (o, t) => Math.Abs(o - t) <= delta
        ? 0.5 * (o - t) * (o - t)
        : delta * (Math.Abs(o - t) - (0.5 * delta));

    private static Func<double, double, double> Sigmoid(double weight)
        => (o, t) => t == 1 ? weight * Math.Log(1 + Math.Exp(-o)) : Math.Log(1 + Math.Exp(o));
}
