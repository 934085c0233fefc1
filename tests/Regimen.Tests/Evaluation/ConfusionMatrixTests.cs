using Regimen.Metrics;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

/// <summary>The expected values are from scikit-learn 1.2.1, computed by
/// <code>
/// from sklearn.metrics import accuracy_score, precision_recall_fscore_support as prf
/// prf(y, p, labels=range(n), zero_division=0); accuracy_score(y, p); prf(y, p, average='macro', zero_division=0)
/// </code></summary>
public sealed class ConfusionMatrixTests
{
    [Theory]
    [InlineData(1_001)]
    [InlineData(50_001)]
    public void Sparse_counts_of_many_classes_give_the_same_scores(int classes)
    {
        // scikit-learn 1.2 on y_true, y_pred below: accuracy_score 0.4, macro precision_score 0.5, recall_score 0.375, f1_score 0.41666666666666663.
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"c{c}")];
        int last = classes - 1;
        var matrix = new ConfusionMatrix(names);
        foreach ((int expected, int predicted) in new[] { (0, 0), (0, 7), (last, last), (7, 12), (12, 7) })
        {
            matrix.Add(expected, predicted);
        }

        Assert.Equal((0.4, 5L, 1L, 1L, 0L), (matrix.Accuracy, matrix.Samples, matrix[last, last], matrix[7, 12], matrix[last, 0]));
        Assert.Equal([0.5, 0.375, 0.41666666666666663], [matrix.PrecisionMacro, matrix.RecallMacro, matrix.F1Macro], (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(classes, matrix.PerClass.Count);
        Assert.False(matrix.HasTable);
        Assert.Throws<InvalidOperationException>(() => matrix.Rows);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Add(classes, 0));
    }

    [Fact]
    public void Memory_is_linear_in_the_number_of_classes()
    {
        const int Classes = 12_001;
        string[] names = [.. Enumerable.Range(0, Classes).Select(c => $"c{c}")];
        long before = GC.GetAllocatedBytesForCurrentThread();
        var metrics = new ClassificationMetrics(names);
        using (Tensor predictions = zeros(40, Classes))
        using (Tensor targets = arange(40))
        {
            metrics.Add(predictions, targets);
            Assert.Equal(1 / 40.0, metrics.Values["accuracy"]);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Classes * 200L);
    }

    [Fact]
    public void The_largest_table_has_all_rows()
    {
        var matrix = new ConfusionMatrix([.. Enumerable.Range(0, ConfusionMatrix.LargestTable).Select(c => $"c{c}")]);
        matrix.Add(999, 1);
        Assert.Equal(1, matrix.Rows[999][1]);
        Assert.Equal(1, matrix.Rows.Sum(r => r.Sum()));
    }

    private const int Digits = 12;

    [Fact]
    public void Scores_of_two_classes_equal_scikit_learn() => AreEqual(
        Matrix(2, [0, 1, 1, 0, 1, 1, 0, 1], [0, 1, 0, 0, 1, 1, 1, 1]),
        precision: [0.6666666666666666, 0.8],
        recall: [0.6666666666666666, 0.8],
        f1: [0.6666666666666666, 0.8000000000000002],
        support: [3, 5],
        accuracy: 0.75,
        macro: [0.7333333333333334, 0.7333333333333334, 0.7333333333333334]);

    [Fact]
    public void A_class_that_is_never_predicted_scores_zero_and_is_part_of_the_average() => AreEqual(
        Matrix(3, [0, 1, 2, 2, 1, 0, 2, 1, 1], [0, 1, 0, 1, 1, 0, 1, 0, 1]),
        precision: [0.5, 0.6, 0.0],
        recall: [1.0, 0.75, 0.0],
        f1: [0.6666666666666666, 0.6666666666666665, 0.0],
        support: [2, 4, 3],
        accuracy: 0.5555555555555556,
        macro: [0.3666666666666667, 0.5833333333333334, 0.44444444444444436]);

    /// <summary>Class 1 has no support but is predicted, so it counts. Class 4 does not occur, so it does not count.</summary>
    [Fact]
    public void A_class_without_support_is_part_of_the_average_only_if_it_is_predicted() => AreEqual(
        Matrix(5, [0, 2, 2, 0, 3, 3, 3, 0], [0, 2, 1, 0, 3, 2, 3, 3]),
        precision: [1.0, 0.0, 0.5, 0.6666666666666666, 0.0],
        recall: [0.6666666666666666, 0.0, 0.5, 0.6666666666666666, 0.0],
        f1: [0.8, 0.0, 0.5, 0.6666666666666666, 0.0],
        support: [3, 0, 2, 3, 0],
        accuracy: 0.625,
        macro: [0.5416666666666666, 0.45833333333333326, 0.4916666666666667]);

    /// <summary><code>
    /// rng = numpy.random.RandomState(3)
    /// y = rng.randint(0, 12, 60); p = numpy.where(rng.rand(60) &lt; .6, y, rng.randint(0, 12, 60))
    /// </code></summary>
    [Fact]
    public void Scores_of_twelve_classes_equal_scikit_learn() => AreEqual(
        Matrix(
            12,
            [
                10, 8, 9, 3, 8, 8, 0, 5, 3, 10, 11, 9, 9, 10, 5, 7, 6, 0, 4, 7, 8, 10, 1, 10, 6, 2, 2, 1, 3, 10,
                5, 8, 1, 10, 8, 11, 7, 8, 11, 1, 11, 0, 5, 4, 1, 5, 4, 7, 6, 0, 0, 9, 2, 4, 5, 8, 8, 7, 5, 1,
            ],
            [
                10, 8, 9, 1, 9, 8, 7, 4, 10, 8, 11, 9, 4, 10, 4, 0, 6, 0, 4, 7, 7, 10, 1, 10, 6, 10, 2, 1, 3, 1,
                5, 8, 1, 10, 8, 8, 7, 7, 11, 1, 5, 6, 7, 4, 1, 3, 4, 7, 6, 0, 2, 9, 9, 8, 5, 11, 4, 5, 5, 8,
            ]),
        precision:
        [
            0.6666666666666666, 0.7142857142857143, 0.5, 0.5, 0.42857142857142855, 0.6,
            0.75, 0.42857142857142855, 0.5, 0.6, 0.7142857142857143, 0.6666666666666666,
        ],
        recall:
        [
            0.4, 0.8333333333333334, 0.3333333333333333, 0.3333333333333333, 0.75, 0.42857142857142855,
            1.0, 0.6, 0.4444444444444444, 0.75, 0.7142857142857143, 0.5,
        ],
        f1:
        [
            0.5, 0.7692307692307692, 0.4, 0.4, 0.5454545454545454, 0.5,
            0.8571428571428571, 0.5, 0.47058823529411764, 0.6666666666666665, 0.7142857142857143, 0.5714285714285715,
        ],
        support: [5, 6, 3, 3, 4, 7, 3, 5, 9, 4, 7, 4],
        accuracy: 0.5833333333333334,
        macro: [0.5890873015873016, 0.5906084656084657, 0.5745664466252701]);

    [Fact]
    public void Rows_are_true_classes_and_columns_are_predicted_classes()
    {
        ConfusionMatrix matrix = Matrix(3, [0, 0, 1, 2], [0, 2, 1, 1]);
        Assert.Equal([[1, 0, 1], [0, 1, 0], [0, 1, 0]], matrix.Rows.Select(r => r.ToArray()));
        Assert.Equal(1, matrix[0, 2]);
        Assert.Equal(0, matrix[2, 0]);
        Assert.Equal(4, matrix.Samples);
    }

    [Fact]
    public void A_sample_without_a_prediction_is_wrong_and_in_no_column()
    {
        ConfusionMatrix matrix = Matrix(2, [0, 1], [0, 1]);
        matrix.Add(0, null);
        Assert.Equal(2.0 / 3, matrix.Accuracy, Digits);
        Assert.Equal(new ClassScore("0", Precision: 1, Recall: 0.5, F1: 2.0 / 3, Support: 2), matrix.PerClass[0]);
        Assert.Equal(1, matrix.Unpredicted);
        Assert.Equal(2, matrix.Rows.Sum(r => r.Sum()));
    }

    [Fact]
    public void An_empty_matrix_scores_zero()
    {
        var matrix = new ConfusionMatrix(["a", "b"]);
        Assert.Equal((0, 0, 0), (matrix.Accuracy, matrix.F1Macro, matrix.Samples));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, 2)]
    [InlineData(0, -1)]
    public void An_index_out_of_range_is_an_error_and_is_not_counted(int trueClass, int predictedClass)
    {
        var matrix = new ConfusionMatrix(["a", "b"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Add(trueClass, predictedClass));
        Assert.Equal(0, matrix.Samples);
    }

    private static ConfusionMatrix Matrix(int classes, int[] targets, int[] predictions)
    {
        var matrix = new ConfusionMatrix([.. Enumerable.Range(0, classes).Select(c => $"{c}")]);
        foreach ((int target, int prediction) in targets.Zip(predictions))
        {
            matrix.Add(target, prediction);
        }

        return matrix;
    }

    private static void AreEqual(
        ConfusionMatrix received, double[] precision, double[] recall, double[] f1, long[] support, double accuracy, double[] macro)
    {
        Assert.Equal(support, received.PerClass.Select(c => c.Support));
        for (int c = 0; c < support.Length; c++)
        {
            Assert.Equal(precision[c], received.PerClass[c].Precision, Digits);
            Assert.Equal(recall[c], received.PerClass[c].Recall, Digits);
            Assert.Equal(f1[c], received.PerClass[c].F1, Digits);
        }

        Assert.Equal(accuracy, received.Accuracy, Digits);
        Assert.Equal(macro[0], received.PrecisionMacro, Digits);
        Assert.Equal(macro[1], received.RecallMacro, Digits);
        Assert.Equal(macro[2], received.F1Macro, Digits);
    }
}
