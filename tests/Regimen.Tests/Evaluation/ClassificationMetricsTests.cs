using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

public sealed class ClassificationMetricsTests
{
    private const int Digits = 12;

    /// <summary><code>
    /// rng = numpy.random.RandomState(4)
    /// y = rng.randint(0, 7, 12); x = numpy.stack([rng.permutation(64)[:7] for _ in y])
    /// </code></summary>
    private static readonly float[] SevenClasses =
    [
        29, 1, 61, 20, 26, 4, 19,
        5, 35, 50, 46, 19, 43, 2,
        42, 52, 50, 43, 14, 31, 18,
        33, 40, 39, 6, 32, 27, 60,
        33, 19, 34, 61, 58, 18, 49,
        61, 21, 44, 14, 58, 55, 57,
        7, 60, 37, 45, 26, 46, 2,
        36, 33, 35, 7, 51, 31, 47,
        49, 57, 45, 20, 27, 33, 18,
        2, 61, 49, 27, 24, 6, 40,
        13, 12, 17, 41, 4, 19, 10,
        25, 4, 48, 34, 43, 53, 41,
    ];

    private static readonly long[] SevenTargets = [2, 6, 5, 1, 0, 0, 2, 1, 2, 4, 5, 6];

    /// <summary>scikit-learn 1.2.1: <c>accuracy_score(y, x.argmax(1))</c>, <c>top_k_accuracy_score(y, x, k=5, labels=range(7))</c>,
    /// <c>precision_recall_fscore_support(y, x.argmax(1), average='macro', zero_division=0)</c>.</summary>
    [Fact]
    public void Scores_of_logits_equal_scikit_learn_for_any_batches()
    {
        ClassificationMetrics metrics = Of(7);
        Add(metrics, SevenClasses[..(5 * 7)], SevenTargets[..5]);
        Add(metrics, SevenClasses[(5 * 7)..], SevenTargets[5..]);

        Assert.Equal(["accuracy", "top5_accuracy", "precision_macro", "recall_macro", "f1_macro"], metrics.Values.Keys);
        Assert.Equal(ClassificationMetrics.Names(7), metrics.Values.Keys);
        Assert.Equal(0.16666666666666666, metrics.Values["accuracy"], Digits);
        Assert.Equal(0.9166666666666666, metrics.Values["top5_accuracy"], Digits);
        Assert.Equal(0.21428571428571427, metrics.Values["precision_macro"], Digits);
        Assert.Equal(0.11904761904761904, metrics.Values["recall_macro"], Digits);
        Assert.Equal(0.15238095238095237, metrics.Values["f1_macro"], Digits);
    }

    [Fact]
    public void Five_classes_have_no_top5_accuracy()
    {
        ClassificationMetrics metrics = Of(5);
        Add(metrics, [0, 0, 0, 0, 1], [4]);
        Assert.Equal(["accuracy", "precision_macro", "recall_macro", "f1_macro"], metrics.Values.Keys);
        Assert.Equal(ClassificationMetrics.Names(5), metrics.Values.Keys);
    }

    [Fact]
    public void Among_equal_logits_the_lowest_index_is_predicted()
    {
        ClassificationMetrics metrics = Of(6);
        Add(metrics, [1, 3, 3, 0, 0, 0], [1]);
        Assert.Equal(1, metrics.Values["accuracy"]);

        ClassificationMetrics equal = Of(6);
        Add(equal, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [4, 5]);
        Assert.Equal(0.5, equal.Values["top5_accuracy"], Digits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_row_with_NaN_is_never_correct(int at)
    {
        for (int target = 0; target < 6; target++)
        {
            float[] row = [0, 1, 2, 3, 4, 5];
            row[at] = float.NaN;
            ClassificationMetrics metrics = Of(6);
            Add(metrics, row, [target]);
            Assert.Equal((0, 0, 1), (metrics.Values["accuracy"], metrics.Values["top5_accuracy"], metrics.Confusion.Unpredicted));
        }
    }

    [Fact]
    public void Infinite_logits_are_ordered_like_other_numbers()
    {
        ClassificationMetrics metrics = Of(3);
        Add(metrics, [float.NegativeInfinity, -5, float.NegativeInfinity, 0, 1, float.PositiveInfinity], [1, 2]);
        Assert.Equal(1, metrics.Values["accuracy"]);
    }

    [Fact]
    public void Views_and_other_floating_point_types_are_read_correctly()
    {
        using Tensor wide = tensor(new float[] { 9, 0, 1, 9, 9, 1, 0, 9 }, [2, 4]);
        using Tensor view = wide.narrow(1, 1, 2);
        using Tensor half = view.to(ScalarType.BFloat16);
        using Tensor many = tensor(new long[] { 7, 1, 7, 0 });
        using Tensor every = many.slice(0, 1, 4, 2);
        foreach (Tensor predictions in (Tensor[])[view, half])
        {
            ClassificationMetrics metrics = Of(2);
            metrics.Add(predictions, every);
            Assert.Equal(1, metrics.Values["accuracy"]);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(long.MaxValue)]
    public void A_target_that_is_not_a_class_is_an_error_with_its_index(long target)
    {
        ClassificationMetrics metrics = Of(3);
        RequestException refused = Assert.Throws<RequestException>(() => Add(metrics, [0, 0, 1, 0, 0, 1], [2, target]));
        Problem problem = Assert.Single(refused.Problems);
        Assert.Equal("sample 1 of the batch", problem.Where);
        Assert.Equal("a class index from 0 to 2", problem.Expected);
        Assert.Equal($"{target}", problem.Received);
        Assert.Equal(0, metrics.Confusion.Samples);
    }

    [Fact]
    public void Predictions_of_another_width_are_an_error()
    {
        ClassificationMetrics metrics = Of(3);
        RequestException refused = Assert.Throws<RequestException>(() => Add(metrics, [0, 0, 1, 0], [2, 0]));
        Assert.Equal("[2, 3]: one value per sample and class", refused.Problems[0].Expected);
        Assert.Equal("[2, 2]", refused.Problems[0].Received);
    }

    [Fact]
    public void Targets_of_another_dtype_are_an_error()
    {
        using Tensor predictions = zeros(2, 3);
        using Tensor targets = zeros(2);
        RequestException refused = Assert.Throws<RequestException>(() => Of(3).Add(predictions, targets));
        Assert.Equal("float32 [2]", refused.Problems[0].Received);
    }

    private static ClassificationMetrics Of(int classes) => new([.. Enumerable.Range(0, classes).Select(c => $"{c}")]);

    private static void Add(ClassificationMetrics metrics, float[] predictions, long[] targets)
    {
        using Tensor values = tensor(predictions, [targets.Length, predictions.Length / targets.Length]);
        using Tensor indices = tensor(targets);
        metrics.Add(values, indices);
    }
}
