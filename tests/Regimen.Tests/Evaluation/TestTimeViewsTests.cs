using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

public sealed class TestTimeViewsTests
{
    private static readonly Field[] Inputs = [Field.Inputs(new SampleShape(2, 5, 7))];

    [Theory]
    [InlineData("flip", 2)]
    [InlineData("flips", 4)]
    [InlineData("shifts", 5)]
    [InlineData("7", 7)]
    public void Probabilities_are_the_means_over_the_views(string name, int count)
    {
        using IDisposable scope = NewDisposeScope();
        TestTimeViews views = TestTimeViews.Find(name)!;
        Assert.Equal(count, views.Count);
        nn.Module<Tensor, Tensor> model = nn.Sequential(("flatten", nn.Flatten()), ("classes", nn.Linear(70, 4)));
        Tensor images = rand(6, 2, 5, 7);
        Tensor expected = zeros(6, 4);
        foreach (Tensor view in ByHand(name, images))
        {
            expected.add_(model.call(view).softmax(1));
        }

        Tensor logits = views.Over(model, PredictionTask.Classification, Inputs).call(images);
        Assert.Equal(Values(expected.div(count)), Values(logits.softmax(1)), (a, b) => Math.Abs(a - b) < 1e-6);
        Tensor values = views.Over(model, PredictionTask.Regression, Inputs).call(images);
        Tensor mean = ByHand(name, images).Aggregate(zeros(6, 4), (sum, view) => sum + model.call(view)) / count;
        Assert.Equal(Values(mean), Values(values), (a, b) => Math.Abs(a - b) < 1e-5);
        Tensor labels = views.Over(model, PredictionTask.MultiLabel, Inputs).call(images);
        Tensor odds = ByHand(name, images).Aggregate(zeros(6, 4), (sum, view) => sum + model.call(view).sigmoid()) / count;
        Assert.Equal(Values(odds), Values(labels.sigmoid()), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void No_tensor_is_left()
    {
        using nn.Module<Tensor, Tensor> model = nn.Sequential(("flatten", nn.Flatten()), ("classes", nn.Linear(70, 4)));
        nn.Module<Tensor, Tensor> averaged = TestTimeViews.Find("10")!.Over(model, PredictionTask.Classification, Inputs);
        using Tensor images = rand(3, 2, 5, 7);
        averaged.call(images).Dispose();
        long before = Tensors.SettledCount();
        averaged.call(images).Dispose();
        Tensors.AssertNoneLeaked(before);
    }

    [Fact]
    public void Evaluate_and_predict_average_over_views_and_say_so()
    {
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=2", "--quiet").Ends(0);
        JsonNode plain = project.Do("evaluate", "latest", "--json").Ends(0).Json;
        JsonNode again = project.Do("evaluate", "latest", "--json").Ends(0).Json;
        JsonNode flipped = project.Do("evaluate", "latest", "--tta", "flip", "--json").Ends(0).Json;
        Assert.Equal(plain.ToJsonString(), again.ToJsonString());
        Assert.False(plain.AsObject().ContainsKey("tta"));
        Assert.Equal("""{"views":"flip","count":2}""", flipped["tta"]!.ToJsonString());
        Assert.NotEqual(plain["loss"]!.GetValue<double>(), flipped["loss"]!.GetValue<double>());
        Assert.Contains("mean over 5 views", project.Do("evaluate", "latest", "--tta", "shifts").Ends(0).Out, StringComparison.Ordinal);

        project.Folder.Write("digit.png", ImageBytes.GreyPng(28, 28, [.. Enumerable.Range(0, 784).Select(i => (byte)(i * 5))]));
        project.Folder.Write("mirrored.png", ImageBytes.GreyPng(28, 28, [.. Enumerable.Range(0, 784).Select(i => (byte)(((i / 28 * 28) + 27 - (i % 28)) * 5))]));
        string[] predict = ["predict", "latest", project.Folder["digit.png"], project.Folder["mirrored.png"], "--json"];
        JsonArray alone = project.Do(predict).Ends(0).Json.AsArray();
        JsonArray both = project.Do([.. predict, "--tta", "flip"]).Ends(0).Json.AsArray();
        foreach ((string digit, JsonNode? probability) in both[0]!["probabilities"]!.AsObject())
        {
            double mean = alone.Average(p => p!["probabilities"]![digit]!.GetValue<double>());
            Assert.Equal(mean, probability!.GetValue<double>(), 1e-6);
            Assert.Equal(mean, both[1]!["probabilities"]![digit]!.GetValue<double>(), 1e-6);
        }

        CommandOutput unknown = project.Do("evaluate", "latest", "--tta", "flop").Ends(2);
        Assert.Contains("`flip`", unknown.Error, StringComparison.Ordinal);
        project.Do("evaluate", "latest", "--tta", "11").Ends(2);
    }

    [Fact]
    public void Models_without_one_image_are_refused()
    {
        using var model = nn.Linear(4, 2);
        Assert.Equal("--tta", Assert.Throws<RequestException>(
            () => TestTimeViews.Find("flip")!.Over(model, PredictionTask.Classification, [Field.Inputs(new SampleShape(4))])).Problems[0].Where);
        Assert.Contains("averaged", Assert.Throws<RequestException>(() => TestTimeViews.Find("flip")!.Over(model, PredictionTask.NextToken, Inputs)).Problems[0].Message, StringComparison.Ordinal);
    }

    private static float[] Values(Tensor tensor) => TensorMemory.Span<float>(tensor).ToArray();

    /// <summary>The views by slices alone; a fourteenth of 5 or 7 pixels is one pixel.</summary>
    private static Tensor[] ByHand(string name, Tensor x)
    {
        Tensor right = cat([x[.., .., .., ..1], x[.., .., .., ..6]], 3);
        Tensor left = cat([x[.., .., .., 1..], x[.., .., .., 6..]], 3);
        Tensor down = cat([x[.., .., ..1, ..], x[.., .., ..4, ..]], 2);
        Tensor up = cat([x[.., .., 1.., ..], x[.., .., 4.., ..]], 2);
        Tensor mirror = x.flip(3);
        return name switch
        {
            "flip" => [x, mirror],
            "flips" => [x, mirror, x.flip(2), x.flip(2, 3)],
            "shifts" => [x, right, left, down, up],
            _ => [x, mirror, right, cat([mirror[.., .., .., ..1], mirror[.., .., .., ..6]], 3), left, cat([mirror[.., .., .., 1..], mirror[.., .., .., 6..]], 3), down],
        };
    }
}
