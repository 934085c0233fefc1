using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

/// <summary>Cases that scikit-learn rejects or does not have: NaN values, and targets of another kind.</summary>
public sealed class TaskMetricsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void A_NaN_prediction_is_never_correct_and_does_not_affect_other_samples()
    {
        EvaluationResult binary = Evaluate(Objectives.BinaryCrossEntropy, [float.NaN, 3, -3], tensor((long[])[1, 1, 0]), ["no", "yes"]);
        Assert.Equal(2.0 / 3, binary.Metrics["accuracy"]);
        Assert.Equal(0.5, binary.Metrics["recall"]);
        Assert.True(double.IsNaN(binary.Metrics["auroc"]) && double.IsNaN(binary.Metrics["average_precision"]));
        Assert.Equal(1, binary.Confusion!.Unpredicted);

        EvaluationResult regression = Evaluate(Objectives.Mse, [1, float.NaN], tensor((float[])[1, 2]), []);
        Assert.All(regression.Metrics.Values, value => Assert.True(double.IsNaN(value)));

        EvaluationResult labels = Evaluate(
            Objectives.MultilabelCrossEntropy, [float.NaN, -1, 1, -1], tensor((float[])[0, 0, 1, 0], [2, 2]), ["a", "b"]);
        Assert.Equal(0.5, labels.Metrics["accuracy"]);
        Assert.True(double.IsNaN(labels.Metrics["auroc_macro"]));
    }

    [Fact]
    public void Results_have_the_scores_of_each_class_label_and_output()
    {
        EvaluationResult binary = Evaluate(Objectives.BinaryCrossEntropy, [1, -1, 1], tensor((long[])[1, 0, 0]), ["no", "yes"]);
        Assert.Equal([new ClassScore("no", 1, 0.5, 2.0 / 3, 2), new("yes", 0.5, 1, 2.0 / 3, 1)], binary.PerClass);
        Assert.Equal([[1, 1], [0, 1]], binary.Confusion!.Rows.Select(r => r.ToArray()));

        EvaluationResult labels = Evaluate(
            Objectives.MultilabelCrossEntropy, [1, -1, 1, 1], tensor((float[])[1, 0, 0, 1], [2, 2]), ["a", "b"]);
        Assert.Equal([new ClassScore("a", 0.5, 1, 2.0 / 3, 1), new("b", 1, 1, 1, 1)], labels.PerClass);
        Assert.Null(labels.Confusion);

        EvaluationResult regression = Evaluate(Objectives.Mse, [1, 10, 3, 30], tensor((float[])[1, 11, 4, 30], [2, 2]), []);
        Assert.Equal([(0, 0.5), (1, 0.5)], regression.PerOutput.Select(o => (o.Output, o.Mae)));
        Assert.Empty(regression.PerClass);
    }

    [Fact]
    public void The_positive_class_is_that_of_the_objective()
    {
        // scikit-learn 1.2 with the first class as positive: t = y == 0, scores z, predictions z > 0; log_loss for the loss.
        static Tensor Targets() => tensor((long[])[0, 1, 1, 0, 0, 1, 0]);
        float[] logits = [1.5f, -0.2f, 0.3f, 2, -1, -2, 0.1f];
        EvaluationResult first = Evaluate(new BinaryCrossEntropy { PositiveClass = "sick" }, logits, Targets(), ["sick", "well"]);
        Assert.Equal("sick", first.PositiveClass);
        Assert.Equal([0.7142857142857143, 0.75, 0.75, 0.75, 0.75, 0.8541666666666666], first.Metrics.Values, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0.5522031087872301, first.Loss, 1e-6);
        Assert.Equal([[3, 1], [1, 2]], first.Confusion!.Rows.Select(r => r.ToArray()));

        // With the other positive class and negated logits, the accuracy is the same.
        EvaluationResult second = Evaluate(new BinaryCrossEntropy { PositiveClass = "well" }, [.. logits.Select(z => -z)], Targets(), ["sick", "well"]);
        Assert.Equal(("well", first.Metrics["accuracy"], first.Loss), (second.PositiveClass, second.Metrics["accuracy"], second.Loss));
        Assert.Equal("well", Evaluate(Objectives.BinaryCrossEntropy, logits, Targets(), ["sick", "well"]).PositiveClass);
        Problem problem = Assert.Single(Assert.Throws<RequestException>(
            () => Evaluate(new BinaryCrossEntropy { PositiveClass = "wel" }, logits, Targets(), ["sick", "well"])).Problems);
        Assert.Equal(("objective.positive_class", "one of 'sick', 'well'"), (problem.Where, problem.Expected));
        Assert.Contains("well", problem.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Undefined_metrics_have_a_reason()
    {
        EvaluationResult one = Evaluate(Objectives.BinaryCrossEntropy, [1, 2, 3], tensor((long[])[1, 1, 1]), ["no", "yes"]);
        Assert.Equal([KeyValuePair.Create("auroc", "every sample is of class 'yes'")], one.Undefined);
        EvaluationResult nan = Evaluate(Objectives.BinaryCrossEntropy, [1, float.NaN, 3], tensor((long[])[1, 0, 1]), ["no", "yes"]);
        Assert.Equal(["auroc", "average_precision"], nan.Undefined.Keys);
        Assert.Equal("R² needs at least two samples", Evaluate(Objectives.Mse, [1], tensor((float[])[2]), []).Undefined["r2"]);
        Assert.Equal(["auroc_macro"], Evaluate(Objectives.MultilabelCrossEntropy, [1, 1], tensor((float[])[1, 0], [1, 2]), ["a", "b"]).Undefined.Keys);
        Assert.Empty(Evaluate(Objectives.BinaryCrossEntropy, [1, -2, 3], tensor((long[])[1, 0, 1]), ["no", "yes"]).Undefined);
    }

    [Fact]
    public void A_value_equal_to_the_threshold_is_not_above_it()
    {
        EvaluationResult at = Evaluate(Objectives.BinaryCrossEntropy, [0, 0.001f], tensor((long[])[0, 1]), ["no", "yes"]);
        Assert.Equal(1, at.Metrics["accuracy"]);
        foreach ((double threshold, double positives) in ((double, double)[])[(0, 1), (1, 0)])
        {
            var objective = new BinaryCrossEntropy { Threshold = threshold };
            Assert.Equal(positives, Evaluate(objective, [-80, 80], tensor((long[])[1, 1]), ["no", "yes"]).Metrics["recall"]);
        }
    }

    [Fact]
    public void Targets_of_another_kind_are_an_error_with_their_index()
    {
        Assert.Contains("float32 [batch, …]", Refusal(Objectives.Mse, [1], tensor((long[])[1]), []), StringComparison.Ordinal);
        Assert.Contains("received 2", Refusal(Objectives.BinaryCrossEntropy, [1, 1], tensor((long[])[0, 2]), ["no", "yes"]), StringComparison.Ordinal);
        Assert.Contains("int64 [batch]", Refusal(Objectives.BinaryCrossEntropy, [1], tensor((float[])[1]), ["no", "yes"]), StringComparison.Ordinal);
        Assert.Contains(
            "sample 1 of the batch, label b: A target is neither 0 nor 1",
            Refusal(Objectives.MultilabelCrossEntropy, [1, 1, 1, 1], tensor((float[])[0, 1, 1, 0.5f], [2, 2]), ["a", "b"]),
            StringComparison.Ordinal);
        Assert.Contains(
            "float32 [batch, 2]", Refusal(Objectives.MultilabelCrossEntropy, [1, 1], tensor((float[])[0, 1], [2, 1]), ["a", "b"]), StringComparison.Ordinal);
    }

    public void Dispose() => _scope.Dispose();

    private static string Refusal(Objective objective, float[] predicted, Tensor targets, string[] classes)
        => Assert.Throws<RequestException>(() => Evaluate(objective, predicted, targets, classes)).Message;

    private static EvaluationResult Evaluate(Objective objective, float[] predicted, Tensor targets, string[] classes)
    {
        using var model = nn.Identity();
        int count = (int)targets.shape[0];
        using var batch = new Batch([new(Field.Input, tensor(predicted, [count, predicted.Length / count])), new(Field.Target, targets)], count);
        return Evaluator.Evaluate(model, objective, [batch], classes, TestContext.Current.CancellationToken);
    }
}
