using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>The pre-processing of a table's columns, fitted to the training rows.</summary>
public sealed class TablePreprocessingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TableScaling.Standard, "StandardScaler()")]
    [InlineData(TableScaling.MinMax, "MinMaxScaler()")]
    [InlineData(TableScaling.Robust, "RobustScaler()")]
    [InlineData(TableScaling.Quantile, "QuantileTransformer(n_quantiles=min(1000, len(train)), subsample=10**9)")]
    public void Scaling_equals_scikit_learns(TableScaling scaling, string scaler)
    {
        PyTorch.SkipWhereMissing("sklearn");

        // Few and many different numbers, ties, outliers; 1237 training rows and test rows outside of their range.
        string train = Numbers(1237, 1);
        string test = Numbers(311, 3);
        string script = $"""
            import sys, numpy as np
            from sklearn.preprocessing import StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer
            train, test = [np.loadtxt(f, delimiter=",", skiprows=1)[:, :3] for f in sys.argv[1:]]
            scaler = {scaler}.fit(train)
            for rows in (train, test):
                for v in scaler.transform(rows).ravel(): print(repr(float(v)))
            """;
        double[] expected = PyTorch.Numbers(PyTorch.Run(script, Write("a.csv", train), Write("b.csv", test)));
        DataSplits data = Load(train, o => o with { Scaling = scaling, TestPath = _folder["b.csv"] });
        float[] actual = [.. Inputs(data.Train), .. Inputs(data.Test!)];
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-6 * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    [Fact]
    public void A_robust_scale_of_a_column_that_is_mostly_one_number_is_1()
    {
        DataSplits data = Load("x,y\n5,1\n5,2\n5,3\n5,4\n9,5\n", o => o with { Scaling = TableScaling.Robust });
        Assert.Equal([0f, 0, 0, 0, 4], Inputs(data.Train));
    }

    [Fact]
    public void A_missing_value_is_an_input_of_its_own()
    {
        DataSplits data = Load(
            "x,c,full,y\n1,a,3,1\n,b,4,2\n3,,5,3\n5,b,6,4\n", o => o with { Missing = MissingPolicy.Mean, MissingIndicator = true, Scaling = TableScaling.None });
        Assert.Equal(
            [
                1f, 0, 1, 0, 0, 3,
                3f, 1, 0, 1, 0, 4,
                3f, 0, 0, 1, 1, 5,
                5f, 0, 0, 1, 0, 6,
            ],
            Inputs(data.Train));
        SameFromMetadata(data, ["1", "", "3", "5"], ["a", "b", "NA", "b"], ["3", "4", "5", "6"]);

        DataSplits codes = Load("x,c,y\n1,a,1\n2,,2\n3,b,3\n", o => o with { Missing = MissingPolicy.Median, MissingIndicator = true, Scaling = TableScaling.None, Categories = TableCategories.Codes });
        Assert.Equal([1f, 0, 2, 1, 3, 0], Inputs(codes.Train));
        Assert.Equal(2, codes.Train.SampleShape.Elements);
    }

    [Fact]
    public void Rare_and_unknown_categories_have_a_bucket()
    {
        string test = Write("b.csv", "c,y\nnew,1\na,2\nrare,3\n");
        DataSplits data = Load("c,y\na,1\na,2\nb,3\nb,4\nrare,5\n", o => o with { Unknown = UnknownWords.Bucket, MinFrequency = 2, TestPath = test });
        Assert.Equal([1f, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1], Inputs(data.Train));
        Assert.Equal([0f, 0, 1, 1, 0, 0, 0, 0, 1], Inputs(data.Test!));
        SameFromMetadata(data, ["a", "a", "b", "b", "rare"]);
    }

    [Fact]
    public void Dates_become_parts()
    {
        const string text = "d,y\n2024-02-29,1\n2025-12-31 23:30,2\n2026-11-26T01:30:05.5+02:00,3\n,4\n";
        DataSplits data = Load(text, o => o with
        {
            Dates = ["d"],
            DateParts = [DatePart.Year, DatePart.Month, DatePart.Day, DatePart.Weekday, DatePart.Hour, DatePart.DayOfYear],
            Scaling = TableScaling.None,
            Missing = MissingPolicy.Median,
        });

        // The median is the second date; the third is on the day before in UTC. Python's weekday() and tm_yday.
        Assert.Equal([2024f, 2, 29, 3, 0, 60, 2025, 12, 31, 2, 23, 365, 2026, 11, 25, 2, 23, 329, 2025, 12, 31, 2, 23, 365], Inputs(data.Train));
        SameFromMetadata(data, ["2024-02-29", "2025-12-31 23:30", "2026-11-26T01:30:05.5+02:00", ""]);

        DataSplits cyclic = Load(text, o => o with { Dates = ["d"], DateParts = [DatePart.Month, DatePart.Year], DateCyclic = true, Missing = MissingPolicy.Mean, MissingIndicator = true });
        Assert.Equal(4, cyclic.Train.SampleShape.Elements);
        float[] first = Inputs(cyclic.Train)[..4];
        Assert.Equal([0.5, Math.Sqrt(3) / 2, 0.0], [first[0], first[1], first[3]], (a, b) => Math.Abs(a - b) < 1e-7);
        SameFromMetadata(cyclic, ["2024-02-29", "2025-12-31 23:30", "2026-11-26T01:30:05.5+02:00", ""]);
    }

    [Theory]
    [InlineData("2026-02-29")]
    [InlineData("26-11-2026")]
    [InlineData("2026-11-26 25:00")]
    [InlineData("2026-11-26T10:00+25")]
    [InlineData("2026-11-26T10:00:0x")]
    [InlineData("tomorrow")]
    public void What_is_not_a_date_is_told(string date)
    {
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Load($"d,y\n2024-01-01,1\n{date},2\n", o => o with { Dates = ["d"] })).Problems);
        Assert.Equal(("The value is not a date", date), (problem.Message, problem.Received));
    }

    [Fact]
    public void Rules_apply_to_the_columns_that_they_match()
    {
        const string text = "price_eu,price_us,n,y\n\"1.234,5\",\"1,234.5\",1,1\n\"2,5\",2.5,2,2\n\"3.000\",\"3,000\",,3\n";
        DataSplits data = Load(text, o => o with
        {
            Scaling = TableScaling.None,
            Columns =
            [
                new() { Match = "price_eu", Decimal = ",", Thousands = "." },
                new() { Match = "price_*", Thousands = "," },
                new() { Match = "n", Missing = MissingPolicy.Mean, Scaling = TableScaling.MinMax },
            ],
        });
        Assert.Equal([1234.5f, 1234.5f, 0, 2.5f, 2.5f, 1, 3000, 3000, 0.5f], Inputs(data.Train));
        SameFromMetadata(data, ["1.234,5", "2,5", "3.000"], ["1,234.5", "2.5", "3,000"], ["1", "2", ""]);

        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Load(text, o => o with { Columns = [new() { Match = "prise" }], Categorical = ["price_eu", "price_us"] })).Problems);
        Assert.Equal(("data.columns", "prise"), (problem.Where, problem.Received));
    }

    [Fact]
    public void Statistics_are_of_the_training_rows_alone()
    {
        string rows = "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * i % 59},{i}\n"));
        Write("b.csv", "x,y\n1000000,1\n");
        foreach (TableScaling scaling in Enum.GetValues<TableScaling>())
        {
            string alone = Load(rows, o => o with { Scaling = scaling }).Encoding!.ToJsonString();
            Assert.Equal(alone, Load(rows, o => o with { Scaling = scaling, TestPath = _folder["b.csv"] }).Encoding!.ToJsonString());
        }
    }

    [Theory]
    [InlineData("quantiles", "[3, 1]")]
    [InlineData("quantiles", "[1]")]
    [InlineData("scale", "0")]
    [InlineData("decimal", "\"\"")]
    [InlineData("indicator", "7")]
    public void A_damaged_encoding_is_refused(string key, string value)
    {
        var encoding = (JsonObject)Load("x,y\n1,1\n2,2\n", o => o with { Scaling = TableScaling.Quantile }).Encoding!.DeepClone();
        encoding["features"]![0]![key] = JsonNode.Parse(value);
        Assert.Throws<RequestException>(() => TableEncoding.Parse(encoding));
    }

    private static string Numbers(int rows, int step)
    {
        var text = new StringBuilder("few,ties,wide,y\n");
        for (int i = 0; i < rows; i++)
        {
            double wide = ((i * 7919L * step % 1009) - 504) / 3.0;
            text.Append(CultureInfo.InvariantCulture, $"{i * step % 4},{(i * 31 % 100 < 60 ? 2.5 : i * 17 * step % 37)},{(i % 97 == 5 ? wide * 1000 : wide):R},{i}\n");
        }

        return text.ToString();
    }

    private static float[] Inputs(IDataset set)
    {
        using var buffer = new BatchBuffer(set.Fields, set.Count);
        set.Gather([.. Enumerable.Range(0, set.Count)], ChannelScale.Identity, buffer);
        return buffer.Floats(Field.Input).ToArray();
    }

    /// <summary>Asserts that rows encoded from the model's metadata have the bits of the training rows.</summary>
    private static void SameFromMetadata(DataSplits data, params string[][] columns)
    {
        TableRowEncoder encoder = TableRowEncoder.FromJson((JsonObject)JsonNode.Parse(data.Encoding!.ToJsonString())!);
        float[] expected = Inputs(data.Train);
        for (int row = 0; row < columns[0].Length; row++)
        {
            var input = new float[encoder.InputWidth];
            encoder.Encode([.. columns.Select(c => c[row])], input, []);
            Assert.Equal(expected[(row * input.Length)..((row + 1) * input.Length)], input);
        }
    }

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private DataSplits Load(string text, Func<Csv.Options, Csv.Options> change)
    {
        var options = new Csv.Options { Path = Write("t.csv", text), Target = ["y"], TestFraction = 0, ValidationFraction = 0 };
        return Csv.Load(change(options), new DatasetContext(1) { Target = TargetKind.Values });
    }
}
