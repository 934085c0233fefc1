using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

/// <summary>The metrics of masks: 9 images of 7×5 pixels, 5 classes of which the last but one occurs nowhere.</summary>
public sealed class SegmentationMetricsTests
{
    private const int Images = 9;
    private const int Height = 7;
    private const int Width = 5;
    private const int Pixels = Images * Height * Width;
    private static readonly string[] Classes = ["a", "b", "c", "absent", "e"];

    private static readonly long[] Targets = [.. Enumerable.Range(0, Pixels).Select(i => i % 11 == 3 ? 255L : i % 7 == 0 ? 4 : ((i * 5) + (i / 9)) % 3)];

    private static readonly int[] Predicted = [.. Enumerable.Range(0, Pixels).Select(i => i % 4 == 1 ? (i / 4 % 4 == 3 ? 4 : i / 4 % 3) : (int)(Targets[i] % 5))];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public void Values_equal_scikit_learns_and_have_the_same_bits_for_any_batches(int batch)
    {
        SegmentationMetrics metrics = Measure(batch, ignored: null);
        IReadOnlyDictionary<string, double> values = metrics.Values;
        Assert.Equal(["iou", "dice", "pixel_accuracy"], values.Keys);

        // By hand: the counts of all pixels, and the means over the classes that occur.
        (double[] iou, double[] dice, double right, double counted) = ByHand();
        Assert.True(double.IsNaN(iou[3]));
        Assert.Equal(iou.Where(double.IsFinite).Average(), values["iou"], 1e-14);
        Assert.Equal(dice.Where(double.IsFinite).Average(), values["dice"], 1e-14);
        Assert.Equal(right / counted, values["pixel_accuracy"], 1e-14);
        Assert.Equal([.. iou.Select(v => double.IsNaN(v) ? 0 : v)], metrics.PerClass.Select(c => c.Iou!.Value));
        Assert.Equal(counted, metrics.Confusion.Samples);
        Assert.Equal(Measure(Images, ignored: null).Values.Values, values.Values);
    }

    [Fact]
    public void Values_are_those_of_jaccard_score_and_f1_score()
    {
        PyTorch.SkipWhereMissing("sklearn");
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            $"""
            from sklearn.metrics import accuracy_score, f1_score, jaccard_score
            y, p = zip(*[(y, p) for y, p in zip([{string.Join(", ", Targets)}], [{string.Join(", ", Predicted)}]) if y != 255])
            print(repr(float(jaccard_score(y, p, average="macro"))), repr(float(f1_score(y, p, average="macro"))), repr(float(accuracy_score(y, p))))
            """));
        Assert.Equal(expected, Measure(4, ignored: null).Values.Values, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void An_ignored_class_is_left_out()
    {
        SegmentationMetrics metrics = Measure(4, ignored: 1);
        Assert.Equal(Targets.Count(t => t is not 255 and not 1), metrics.Confusion.Samples);
        Assert.Equal(0, metrics.PerClass[1].Support);
    }

    [Fact]
    public void Parts_are_merged_and_a_metric_without_a_pixel_says_why()
    {
        using DisposeScope scope = NewDisposeScope();
        var one = new SegmentationMetrics(Classes);
        IMetric other = new SegmentationMetrics(Classes);
        Assert.All(((IMetric)one).Values.Values, v => Assert.True(double.IsNaN(v)));
        Assert.Equal(["iou", "dice", "pixel_accuracy"], ((IMetric)one).Undefined.Keys);
        one.Add(Logits().narrow(0, 0, 4), Masks().narrow(0, 0, 4));
        ((SegmentationMetrics)other).Add(Logits().narrow(0, 4, 5), Masks().narrow(0, 4, 5));
        one.Merge(other);
        Assert.Equal(Measure(3, ignored: null).Values.Values, one.Values.Values);
        Assert.Empty(((IMetric)one).Undefined);
    }

    [Fact]
    public void A_pixel_without_a_finite_prediction_is_wrong()
    {
        using DisposeScope scope = NewDisposeScope();
        var metrics = new SegmentationMetrics(["a", "b"]);
        metrics.Add(tensor([float.NaN, 2, 1, 3, 0, float.PositiveInfinity, float.NaN, 3]).reshape(1, 2, 2, 2), tensor([0L, 0, 0, 0]).reshape(1, 2, 2));
        Assert.Equal(2, metrics.Confusion.Unpredicted);
        Assert.Equal(0.25, metrics.Values["pixel_accuracy"]);
    }

    [Fact]
    public void Wrong_shapes_and_values_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        ITaskMetrics metrics = new SegmentationMetrics(Classes);
        Assert.Contains("each pixel", Assert.Throws<RequestException>(() => metrics.Add(zeros(2, 4, 3, 3), zeros([2, 3, 3], ScalarType.Int64))).Message, StringComparison.Ordinal);
        Assert.Contains("not masks", Assert.Throws<RequestException>(() => metrics.Check(zeros([2, 3], ScalarType.Int64))).Message, StringComparison.Ordinal);
        Assert.Contains("received 9", Assert.Throws<RequestException>(() => metrics.Check(full([1, 2, 2], 9, ScalarType.Int64))).Message, StringComparison.Ordinal);
        metrics.Check(full([1, 2, 2], MaskTarget.Ignored, ScalarType.Int64));
    }

    [Theory]
    [InlineData("flip", 2)]
    [InlineData("flips", 4)]
    public void Views_are_undone_on_the_outputs(string name, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        Field[] inputs = [Field.Inputs(new SampleShape(2, 5, 7))];
        TestTimeViews views = TestTimeViews.Find(name)!;
        Assert.Equal(count, views.Count);

        // A model that treats each pixel alone gives the same for every view; one that looks to the left does not.
        Tensor images = rand(3, 2, 5, 7);
        nn.Module<Tensor, Tensor> pixelwise = nn.Conv2d(2, 4, 1);
        Tensor plain = pixelwise.call(images).softmax(1);
        Assert.Equal(Values(plain), Values(views.Over(pixelwise, PredictionTask.Segmentation, inputs).call(images).softmax(1)), (a, b) => Math.Abs(a - b) < 1e-6);
        nn.Module<Tensor, Tensor> wide = nn.Conv2d(2, 4, 3, padding: 1);
        Tensor expected = (wide.call(images).softmax(1) + wide.call(images.flip(3)).softmax(1).flip(3)) / 2;
        Assert.Equal(Values(expected), Values(TestTimeViews.Find("flip")!.Over(wide, PredictionTask.Segmentation, inputs).call(images).softmax(1)), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData("shifts")]
    [InlineData("3")]
    public void Views_that_can_not_be_undone_are_refused(string name)
    {
        using nn.Module<Tensor, Tensor> model = nn.Conv2d(2, 4, 1);
        RequestException refused = Assert.Throws<RequestException>(() => TestTimeViews.Find(name)!.Over(model, PredictionTask.Segmentation, [Field.Inputs(new SampleShape(2, 5, 7))]));
        Assert.Contains("can't be undone", refused.Message, StringComparison.Ordinal);
    }

    private static float[] Values(Tensor tensor) => TensorMemory.Span<float>(tensor.contiguous()).ToArray();

    private static SegmentationMetrics Measure(int batch, long? ignored)
    {
        using DisposeScope scope = NewDisposeScope();
        var metrics = new SegmentationMetrics(Classes, ignored);
        for (int first = 0; first < Images; first += batch)
        {
            int count = Math.Min(batch, Images - first);
            metrics.Add(Logits().narrow(0, first, count), Masks().narrow(0, first, count));
        }

        return metrics;
    }

    private static Tensor Masks() => tensor(Targets).reshape(Images, Height, Width);

    /// <summary>Logits whose highest one is that of the predicted class, with the channels last in memory.</summary>
    private static Tensor Logits()
    {
        float[] values = new float[Pixels * Classes.Length];
        for (int i = 0; i < Pixels; i++)
        {
            for (int c = 0; c < Classes.Length; c++)
            {
                values[(i * Classes.Length) + c] = c == Predicted[i] ? 1 : -(c % 3);
            }
        }

        return tensor(values).reshape(Images, Height, Width, Classes.Length).permute(0, 3, 1, 2);
    }

    private static (double[] Iou, double[] Dice, double Right, double Counted) ByHand()
    {
        (long Target, int Predicted)[] counted = [.. Targets.Zip(Predicted).Where(p => p.First != 255)];
        double Both(int c) => counted.Count(p => p.Target == c && p.Predicted == c);
        double Either(int c) => counted.Count(p => p.Target == c || p.Predicted == c);
        double[] iou = [.. Enumerable.Range(0, 5).Select(c => Both(c) / Either(c))];
        return (iou, [.. iou.Select((_, c) => 2 * Both(c) / (Either(c) + Both(c)))], counted.Count(p => p.Target == p.Predicted), counted.Length);
    }
}
