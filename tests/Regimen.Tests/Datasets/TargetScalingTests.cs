using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>csv and npy scale numeric targets by the training samples.</summary>
public sealed class TargetScalingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TargetScaling.Standard)]
    [InlineData(TargetScaling.Log)]
    public void Table_targets_of_every_split_are_scaled_by_the_training_rows(TargetScaling scaling)
    {
        string text = "x,price,year\n" + string.Concat(Enumerable.Range(0, 53).Select(i => FormattableString.Invariant($"{i},{60_000 + (i * i * 1061.5)},{1_700_000_000 + (i * 7 % 53)}\n")));
        DataSplits data = Csv.Load(
            new Csv.Options { Path = Write("t.csv", text), Target = ["price", "year"], ScaleTarget = scaling, Scaling = TableScaling.None }, new DatasetContext(11));
        RequireScaled(data, scaling, i => [60_000 + (i * i * 1061.5), 1_700_000_000 + (i * 7 % 53)]);
        Assert.Equal([31, 11, 11], data.Parts.Select(p => p.Data.Count));
    }

    [Theory]
    [InlineData(TargetScaling.Standard)]
    [InlineData(TargetScaling.Log)]
    public void Array_targets_of_every_split_are_scaled_by_the_training_samples(TargetScaling scaling)
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 53).Select(i => (float)i)], 53, 1));
        Write("y_train", NpyBytes.Of([.. Enumerable.Range(0, 53).SelectMany(Row)], 53, 2));
        Write("x_test", NpyBytes.Of([.. Enumerable.Range(60, 7).Select(i => (float)i)], 7, 1));
        Write("y_test", NpyBytes.Of([.. Enumerable.Range(60, 7).SelectMany(Row)], 7, 2));
        DataSplits data = Npy.Load(
            new Npy.Options
            {
                Root = _folder.FullPath, XTest = "x_test.npy", YTest = "y_test.npy", ScaleTarget = scaling, Normalize = NpyNormalization.None, Limit = 47,
            },
            new DatasetContext(11));
        RequireScaled(data, scaling, Row);

        static double[] Row(int i) => [60_000 + (i * i * 1061.5), 1_700_000_000 + (i * 7 % 53)];
    }

    [Fact]
    public void Targets_of_several_dimensions_share_one_scale()
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 10).Select(i => (float)i)], 5, 2));
        Write("y_train", NpyBytes.Of([.. Enumerable.Range(0, 30).Select(i => i * 3)], 5, 2, 3));
        DataSplits data = Npy.Load(
            new Npy.Options { Root = _folder.FullPath, Target = StatedTarget.Values, ValidationFraction = 0 }, new DatasetContext(1));

        // numpy.std(3 * numpy.arange(30)) = 25.96632434519757
        TargetScale scale = TargetScale.Of(data.Train)!;
        Assert.Equal(43.5, Assert.Single(scale.Mean));
        Assert.Equal(25.96632434519757, Assert.Single(scale.Std), 1e-12);
    }

    [Fact]
    public void Classes_and_labels_are_not_scaled_and_none_disables_scaling()
    {
        string path = Write("t.csv", "x,c,y\n1,a,100\n2,b,200\n3,a,350\n4,b,425\n5,a,507\n");
        var options = new Csv.Options { Path = path, Target = ["c"], Drop = ["y"], TestFraction = 0, ValidationFraction = 0 };
        Assert.Null(TargetScale.Of(Csv.Load(options, new DatasetContext(1)).Train));
        RequestException refused = Assert.Throws<RequestException>(() => Csv.Load(options with { ScaleTarget = TargetScaling.Log }, new DatasetContext(1)));
        Assert.Equal("data.scale_target", refused.Problems[0].Where);

        IDataset asTheyAre = Csv.Load(options with { Target = ["y"], Drop = ["c"], ScaleTarget = TargetScaling.None }, new DatasetContext(1)).Train;
        Assert.Null(TargetScale.Of(asTheyAre));
        Assert.Equal([100f, 200, 350, 425, 507], Targets(asTheyAre));

        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 5).Select(i => (float)i)], 5));
        Write("y_train", NpyBytes.Of((long[])[0, 1, 1, 0, 1], 5));
        refused = Assert.Throws<RequestException>(() => Npy.Load(new Npy.Options { Root = _folder.FullPath, ScaleTarget = TargetScaling.Log }, new DatasetContext(1)));
        Assert.Equal("data.scale_target", refused.Problems[0].Where);
    }

    [Fact]
    public void A_target_outside_the_domain_of_log_is_rejected_with_its_location_in_every_split()
    {
        string train = Write("t.csv", "x,y\n1,3\n2,-0.5\n3,7\n4,11\n5,0\n");
        string test = Write("u.csv", "x,y\n1,3\n2,-1\n");
        var options = new Csv.Options { Path = train, TestPath = test, Target = ["y"], ValidationFraction = 0, ScaleTarget = TargetScaling.Log };
        RequestException refused = Assert.Throws<RequestException>(() => Csv.Load(options, new DatasetContext(1)));
        Assert.Equal(($"{test}(3), column y", "-1"), (refused.Problems[0].Where, refused.Problems[0].Received));

        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 10).Select(i => (float)i)], 5, 2));
        Write("y_train", NpyBytes.Of((double[])[0, 1, 2, 3, 4, -7.5, 6, 7, 8, 9], 5, 2));
        refused = Assert.Throws<RequestException>(() => Npy.Load(new Npy.Options { Root = _folder.FullPath, ScaleTarget = TargetScaling.Log }, new DatasetContext(1)));
        Assert.Equal(($"{_folder["y_train.npy"]}[2, 1]", "-7.5"), (refused.Problems[0].Where, refused.Problems[0].Received));
    }

    private static void RequireScaled(DataSplits data, TargetScaling scaling, Func<int, double[]> row)
    {
        int[] trained = [.. Inputs(data.Train).Select(i => (int)i)];
        TargetScale scale = TargetScale.Of(data.Train)!;
        for (int output = 0; output < 2; output++)
        {
            double[] values = [.. trained.Select(i => row(i)[output]).Select(v => scaling == TargetScaling.Log ? Math.Log(1 + v) : v)];
            double mean = values.Average();
            Assert.Equal(mean, scale.Mean[output], 1e-9 * mean);
            Assert.Equal(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), scale.Std[output], 1e-6 * scale.Std[output]);
        }

        foreach ((string _, IDataset part) in data.Parts)
        {
            Assert.Equal(scale, TargetScale.Of(part));
            Assert.Equal(Inputs(part).SelectMany(i => row((int)i).Select(scale.To)), Targets(part));
        }
    }

    private static float[] Inputs(IDataset part) => Content(part, Field.Input);

    private static float[] Targets(IDataset part) => Content(part, Field.Target);

    private static float[] Content(IDataset part, string field)
    {
        using var buffer = new BatchBuffer(part.Fields, part.Count);
        part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
        return buffer.Floats(field).ToArray();
    }

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private void Write(string name, byte[] bytes)
    {
        File.Delete(_folder[$"{name}.npy"]);
        _folder.Write($"{name}.npy", bytes);
    }
}
