using System.Text;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Splits, encoding and targets of tables.</summary>
public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Numbers_are_scaled_and_categories_one_hot_encoded_by_the_training_rows()
    {
        DataSplits data = Load("x,colour,y\n1,red,0.5\n2,blue,1\n3,red,1.5\n10,blue,7\n20,red,8\n", o => o with { TestPath = Write("test.csv", "y,colour,x\n9,blue,100\n") });
        var train = (ArrayDataset)data.Train;
        (float[] inputs, float[] targets) = Content(train);
        Assert.Equal(["x", "colour"], TableEncoding.Parse(data.Encoding!).Columns);
        Assert.Equal(new SampleShape(3), train.SampleShape);

        // The expected mean and standard deviation are those of the training rows.
        double[] x = [.. targets.Select(t => t switch { 0.5f => 1.0, 1 => 2, 1.5f => 3, 7 => 10, _ => 20 })];
        double mean = x.Average();
        double std = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)));
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal((x[i] - mean) / std, inputs[i * 3], 1e-6);
            Assert.Equal(x[i] is 2 or 10 ? [1f, 0] : [0f, 1], inputs[((i * 3) + 1)..((i * 3) + 3)]);
        }

        (float[] test, float[] targetsOfTest) = Content(data.Test!);
        Assert.Equal([9f], targetsOfTest);
        Assert.Equal((100 - mean) / std, test[0], 1e-4);
        Assert.Equal([1f, 0], test[1..]);
    }

    [Fact]
    public void Splits_are_stratified_and_disjoint()
    {
        DataSplits data = Load(
            "i,c\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i},{(i % 10 == 0 ? "rare" : "common")}\n")),
            o => o with { Target = ["c"], Scaling = TableScaling.None });
        Assert.Equal((60, 20, 20), (data.Train.Count, data.Validation!.Count, data.Test!.Count));
        Assert.Equal(["common", "rare"], data.Train.Classes);
        Assert.Equal([6, 2, 2], data.Parts.Select(p => p.Data.Labels!.Count(l => l == 1)));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (float)i), data.Parts.SelectMany(p => Inputs(p.Data)).Order());
        Assert.All(data.Parts, p => Assert.Equal(Inputs(p.Data).Order(), Inputs(p.Data)));
    }

    [Fact]
    public void The_split_is_determined_by_the_seed()
    {
        string text = Tables.Houses(60);
        string first = DataFingerprint.Of(Load(text, o => o with { Target = ["price"] }));
        Assert.Equal(first, DataFingerprint.Of(Load(text, o => o with { Target = ["price"] })));
        Assert.NotEqual(first, DataFingerprint.Of(Load(text, o => o with { Target = ["price"] }, seed: 2)));
    }

    [Theory]
    [InlineData(MissingPolicy.Mean, 4.0)]
    [InlineData(MissingPolicy.Median, 2.0)]
    public void Missing_values_are_filled_in_from_the_training_rows(MissingPolicy policy, double filled)
    {
        DataSplits data = Load(
            "x,c,y\n1,a,0\n2,b,0\n9,b,0\n,,0\n", o => o with { Missing = policy, Scaling = TableScaling.None, ValidationFraction = 0, TestFraction = 0 });
        float[] inputs = Inputs(data.Train);
        Assert.Equal([(float)filled, 0, 1], inputs[9..]);
        Assert.Equal((3, new SampleShape(3)), (inputs.Length / 4, data.Train.SampleShape));
    }

    [Fact]
    public void Rows_with_missing_values_can_be_dropped_and_numeric_classes_are_in_numeric_order()
    {
        DataSplits data = Load(
            "x,y\n1,10\n,2\n3,2\nNA,1\n5,\n6,1\n", o => o with { Missing = MissingPolicy.DropRow, Scaling = TableScaling.MinMax, ValidationFraction = 0, TestFraction = 0 },
            TargetKind.ClassIndex);
        Assert.Equal([0f, 0.4f, 1], Inputs(data.Train));
        Assert.Equal(["1", "2", "10"], data.Train.Classes);
        Assert.Equal([2, 1, 0], data.Train.Labels!);
    }

    [Fact]
    public void Targets_may_be_several_numbers_or_labels()
    {
        string text = "x,a,b\n1,0,1\n2,1,1\n3,0,0\n4,1,0\n";
        DataSplits numbers = Load(text, o => o with { Target = ["b", "a"], TestFraction = 0, ValidationFraction = 0 }, TargetKind.Values);
        Assert.Equal([1f, 0, 1, 1, 0, 0, 0, 1], Content(numbers.Train).Targets);
        DataSplits labels = Load(text, o => o with { Target = ["a", "b"], TestFraction = 0, ValidationFraction = 0 }, TargetKind.MultiHot);
        Assert.Equal(new DatasetTarget(TargetKind.MultiHot, 2), DatasetTarget.Of(labels.Train));
        Assert.Equal(["a", "b"], labels.Train.Classes);
        Assert.Equal(
            TargetKind.Values, DatasetTarget.Of(Load(text, o => o with { Target = ["a"], TargetKind = StatedTarget.Values }, TargetKind.ClassIndex).Train).Kind);
    }

    [Fact]
    public void Quotes_byte_order_marks_line_ends_spaces_and_other_separators_are_supported()
    {
        string plain = "x;a name;y\n1;p;0\n2;\"q;\"\"r\"\"\";1\n3;p;1\n";
        string[] others =
        [
            "\uFEFF" + plain,
            plain.Replace("\n", "\r\n", StringComparison.Ordinal),
            plain.TrimEnd('\n'),
            plain + "\n\n",
            plain.Replace("x;", "\"x\" ; ", StringComparison.Ordinal).Replace("1;p", " +1.0e0 ; p ", StringComparison.Ordinal),
        ];
        string expected = DataFingerprint.Of(Load(plain, Options));
        Assert.All(others, text => Assert.Equal(expected, DataFingerprint.Of(Load(text, Options))));
        Assert.Equal(expected, DataFingerprint.Of(Load(plain.Replace("q;", "q\t", StringComparison.Ordinal).Replace(';', '\t').Replace("q\t", "q;", StringComparison.Ordinal), o => Options(o) with { Separator = "tab" })));
        Assert.Contains("q;\\u0022r\\u0022", Load(plain, Options).Encoding!.ToJsonString(), StringComparison.Ordinal);

        static Csv.Options Options(Csv.Options options) => options with { Separator = ";", TestFraction = 0, ValidationFraction = 0 };
    }

    [Fact]
    public void The_encoding_reads_new_rows_without_the_training_data()
    {
        DataSplits data = Load(
            Tables.Houses(80), o => o with { Target = ["price", "rent"], TestPath = Write("test.csv", Tables.Houses(10, seed: 9)), Missing = MissingPolicy.Median });
        var encoding = TableEncoding.Parse((JsonObject)JsonNode.Parse(data.Encoding!.ToJsonString())!);
        float[,] read = encoding.Read(_folder["test.csv"]);
        Assert.Equal(Inputs(data.Test!), read.Cast<float>());

        // Columns in another order, without the target.
        float[,] other = encoding.Read(Write("new.csv", "town,age,area\nKiel,,50\n"));
        Assert.Equal(5, other.Length);
        Assert.Contains("Did you mean `areas`?", Assert.Throws<RequestException>(() => encoding.Read(Write("new.csv", "town,age,areas\nKiel,1,50\n"))).Message, StringComparison.Ordinal);
        Assert.Contains("new.csv(2), column town", Assert.Throws<RequestException>(() => encoding.Read(Write("new.csv", "town,age,area\nRom,1,50\n"))).Message, StringComparison.Ordinal);
        Assert.Throws<RequestException>(() => TableEncoding.Parse([]));
    }

    [Fact]
    public void An_unknown_category_can_be_encoded_as_zeros()
    {
        DataSplits data = Load("x,c,y\n1,a,0\n2,b,1\n3,a,2\n", o => o with
        {
            TestPath = Write("test.csv", "x,c,y\n2,z,3\n"), Unknown = UnknownWords.Zeros, ValidationFraction = 0,
        });
        Assert.Equal([0f, 0, 0], Inputs(data.Test!));
    }

    [Fact]
    public void The_columns_are_summarised()
    {
        TableSummary table = Load("x,c,y\n0,a,0\n5,b,1\n10,a,2\n,a,3\n", o => o with { Missing = MissingPolicy.Mean, TestFraction = 0, ValidationFraction = 0 }).Table!.Value;
        Assert.Equal((4, 3), (table.Rows, table.Columns.Count));
        TableColumnSummary x = table.Columns[0];
        Assert.Equal(("x", "feature", "numeric", 1), (x.Name, x.Role, x.Kind, x.Missing));
        Assert.Equal(new ValueRange(0, 10, 5, Math.Sqrt(50.0 / 3)), x.Numbers);
        Assert.Equal([1, 0, 0, 0, 0, 1, 0, 0, 0, 1], x.Bins);
        Assert.Equal(["a 3", "b 1"], table.Columns[1].Words.Zip(table.Columns[1].Bins, (word, rows) => $"{word} {rows}"));
        Assert.Equal((2, "target"), (table.Columns[1].DifferentWords, table.Columns[2].Role));
    }

    public void Dispose() => _folder.Dispose();

    private static float[] Inputs(IDataset part)
    {
        using var buffer = new BatchBuffer(part.Fields, part.Count);
        part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
        return buffer.Floats(Field.Input).ToArray();
    }

    private static (float[] Inputs, float[] Targets) Content(IDataset part)
    {
        using var buffer = new BatchBuffer(part.Fields, part.Count);
        part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
        return (buffer.Floats(Field.Input).ToArray(), buffer.Floats(Field.Target).ToArray());
    }

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private DataSplits Load(string text, Func<Csv.Options, Csv.Options>? change = null, TargetKind wanted = TargetKind.Other, ulong seed = 1)
    {
        var options = new Csv.Options { Path = Write("train.csv", text), Target = ["y"], ScaleTarget = TargetScaling.None };
        return Csv.Load(change?.Invoke(options) ?? options, new DatasetContext(seed) { Target = wanted });
    }
}
