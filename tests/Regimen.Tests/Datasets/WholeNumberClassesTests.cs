using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Classes written as <c>0.0</c> and <c>1.0</c>, as pandas and NumPy write whole numbers that were converted to floats.</summary>
public sealed class WholeNumberClassesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Whole_numbers_of_a_table_are_classes_by_value()
    {
        DataSplits data = LoadCsv("x,y\n1,0.0\n2,1.0\n3,10\n4,2.\n5,1\n6,10.00\n7,-3.0\n8,1e1\n");
        Assert.Equal(["-3", "0", "1", "2", "10"], data.Train.Classes);
        Assert.Equal([1, 2, 4, 3, 2, 4, 0, 4], data.Train.Labels);
    }

    [Theory]
    [InlineData("0\n1\n1\n0\n2\n", "1.0\n0\n2.0\n")]
    [InlineData("0.0\n1.0\n1.0\n0.0\n2.0\n", "1\n0.0\n2\n")]
    public void Training_and_test_file_may_write_classes_with_and_without_a_fraction(string train, string test)
    {
        DataSplits data = LoadCsv(Rows(train), Rows(test));
        Assert.Equal(["0", "1", "2"], data.Train.Classes);
        Assert.Equal([0, 1, 1, 0, 2], data.Train.Labels);
        Assert.Equal([1, 0, 2], data.Test!.Labels);
        Assert.Equal("3.0", Assert.Throws<RequestException>(() => LoadCsv(Rows(train), Rows("3.0\n"))).Problems[0].Received);
    }

    [Fact]
    public void Stratification_treats_different_spellings_of_a_number_as_one_class()
    {
        string text = "x,y\n" + string.Concat(Enumerable.Range(0, 210).Select(i => $"{i},{(i % 7 == 0 ? (i % 2 == 0 ? "1" : "1.0") : i % 3 == 0 ? "0" : "0.0")}\n"));
        DataSplits data = LoadCsv(text, change: o => o with { TestFraction = 0.2, ValidationFraction = 0.1 });
        Assert.Equal([21, 3, 6], data.Parts.Select(p => p.Data.Labels!.Count(l => l == 1)));
    }

    [Fact]
    public void Fractions_are_not_classes_and_other_text_is_kept()
    {
        RequestException refused = Assert.Throws<RequestException>(() => LoadCsv("x,y\n1,0.0\n2,1.0\n3,1.5\n"));
        Assert.Equal("numbers, such as 1.5", refused.Problems[0].Received);
        Assert.Equal(["01", "1", "02"], LoadCsv("x,y\n1,01\n2,1\n3,02\n").Train.Classes);
        Assert.Equal(["1.0", "v2"], LoadCsv("x,y\n1,1.0\n2,v2\n").Train.Classes);
    }

    [Fact]
    public void Whole_floats_are_classes_if_classes_are_required()
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 14).Select(i => (float)i)], 7, 2));
        Write("y_train", NpyBytes.Of((double[])[0, 2, 1, 0, 1, 2, 2], 7));
        Write("x_test", NpyBytes.Of((float[])[1, 2, 3, 4], 2, 2));
        Write("y_test", NpyBytes.Of((float[])[2, 0], 2, 1));
        DataSplits data = LoadNpy(TargetKind.ClassIndex, o => o with { XTest = "x_test.npy", YTest = "y_test.npy" });
        Assert.Equal(["0", "1", "2"], data.Train.Classes);
        Assert.Equal([0, 2, 1, 0, 1, 2, 2], data.Train.Labels);
        Assert.Equal([2, 0], data.Test!.Labels);
        Assert.Equal(["0", "1", "2"], LoadNpy(TargetKind.Other, o => o with { Target = StatedTarget.Classes }).Train.Classes);

        // Floats are numbers unless classes are required.
        Assert.Equal(TargetKind.Values, DatasetTarget.Of(LoadNpy(TargetKind.Other).Train).Kind);
    }

    [Theory]
    [InlineData(1.5, "1.5")]
    [InlineData(-2, "-2")]
    [InlineData(3e9, "3000000000")]
    public void Other_floats_are_rejected_with_their_location(double value, string received)
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 14).Select(i => (float)i)], 7, 2));
        Write("y_train", NpyBytes.Of((double[])[0, 2, 1, value, 1, 2, 2], 7));
        RequestException refused = Assert.Throws<RequestException>(() => LoadNpy(TargetKind.ClassIndex));
        Assert.Equal(($"{_folder["y_train.npy"]}[3]", received), (refused.Problems[0].Where, refused.Problems[0].Received));
    }

    [Fact]
    public void A_float64_that_rounds_to_1_in_float32_is_not_a_label()
    {
        Write("x_train", NpyBytes.Of([.. Enumerable.Range(0, 6).Select(i => (float)i)], 3, 2));
        Write("y_train", NpyBytes.Of((double[])[0, 1, 1, 0.999999999, 0, 0], 3, 2));
        Assert.Equal($"{_folder["y_train.npy"]}[1, 1]", Assert.Throws<RequestException>(() => LoadNpy(TargetKind.MultiHot)).Problems[0].Where);
    }

    private static string Rows(string targets) => "x,y\n" + string.Concat(targets.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((t, i) => $"{i},{t}\n"));

    private DataSplits LoadCsv(string train, string? test = null, Func<Csv.Options, Csv.Options>? change = null)
    {
        var options = new Csv.Options
        {
            Path = _folder.Write("train.csv", Encoding.UTF8.GetBytes(train)),
            TestPath = test is null ? null : _folder.Write("test.csv", Encoding.UTF8.GetBytes(test)),
            Target = ["y"],
            TargetKind = StatedTarget.Classes,
            TestFraction = 0,
            ValidationFraction = 0,
        };
        return Csv.Load(change?.Invoke(options) ?? options, new DatasetContext(1));
    }

    private DataSplits LoadNpy(TargetKind wanted, Func<Npy.Options, Npy.Options>? change = null)
    {
        var options = new Npy.Options { Root = _folder.FullPath, ValidationFraction = 0 };
        return Npy.Load(change?.Invoke(options) ?? options, new DatasetContext(1) { Target = wanted });
    }

    private void Write(string name, byte[] bytes)
    {
        File.Delete(_folder[$"{name}.npy"]);
        _folder.Write($"{name}.npy", bytes);
    }
}
