using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Tables in the formats of spreadsheets and pandas.</summary>
public sealed class CsvFormsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(",", null, "0,5|1,25|-3", 0.5, 1.25, -3)]
    [InlineData(".", ",", "1,000|12,345.5|7", 1000, 12345.5, 7)]
    [InlineData(",", ".", "1.234,5|1.234.567|2e3", 1234.5, 1234567, 2000)]
    [InlineData(".", "space", "1 234|1\u00A0234|1\u202F234.5", 1234, 1234, 1234.5)]
    [InlineData(".", "'", "1'234|1\u2019234|12'34'567", 1234, 1234, 1234567)]
    public void Numbers_are_parsed_with_the_configured_format(string point, string? thousands, string texts, double first, double second, double third)
    {
        string[] rows = texts.Split('|');
        DataSplits data = Load($"x;y\n{rows[0]};1\n{rows[1]};2\n{rows[2]};4\n", o => o with { Separator = ";", Decimal = point, Thousands = thousands, Scaling = TableScaling.None });
        Assert.Equal([(float)first, (float)second, (float)third], Inputs(data.Train));

        // The encoding reads new rows with the same format.
        var encoding = TableEncoding.Parse(data.Encoding!);
        Assert.Equal((float)second, encoding.Read(Write("new.csv", $"x\n{rows[1]}\n"))[0, 0]);
    }

    [Theory]
    [InlineData("0,5|1,5|abc", "To read them as numbers, set 'data.decimal=\",\"'. To")]
    [InlineData("1,000|2,500|3,000", "'data.thousands=\",\"', or 'data.decimal=\",\"' if")]
    [InlineData("1,000.5|2,500|3,000", "set 'data.thousands=\",\"'. To")]
    [InlineData("1.234,5|2,5|3,25", "'data.decimal=\",\"' 'data.thousands=\".\"'")]
    [InlineData("1 234|2 345|3 456", "data.thousands=space. To")]
    [InlineData("5%|7 %|9%", "Remove signs such as % and € from the file")]
    [InlineData("€ 3|$4|5 €", "Remove signs such as % and € from the file")]
    public void Text_that_looks_like_numbers_is_rejected_and_the_key_is_suggested(string texts, string hint)
    {
        string[] rows = texts.Split('|');
        string table = $"x;y\n{rows[0]};1\n{rows[1]};2\n{rows[2]};4\n";
        RequestException refused = Assert.Throws<RequestException>(() => Load(table, o => o with { Separator = ";" }));
        Assert.Contains(hint, refused.Problems[0].Hint, StringComparison.Ordinal);
        Assert.Contains("data.categorical=[x]", refused.Problems[0].Hint, StringComparison.Ordinal);

        // Accepted as categories, and with the value of runs recorded before the key existed.
        Assert.Equal(new SampleShape(3), Load(table, o => o with { Separator = ";", Categorical = ["x"] }).Train.SampleShape);
        Assert.Equal(new SampleShape(3), Load(table, o => o with { Separator = ";", Decimal = null }).Train.SampleShape);
    }

    [Theory]
    [InlineData("999|1,000|5", ".", "data.thousands=")]
    [InlineData("1,000|999|5", ".", "data.thousands=")]
    [InlineData("1,5|2.5|3,5", ",", "'data.thousands=\".\"'|'data.decimal=\".\"'")]
    [InlineData("12,34|1,000,00|1", ".", "data.decimal=")]
    public void A_number_in_another_format_is_rejected_and_the_key_is_suggested(string texts, string point, string hint)
    {
        string[] rows = texts.Split('|');
        RequestException refused = Assert.Throws<RequestException>(
            () => Load($"x;y\n{rows[0]};1\n{rows[1]};2\n{rows[2]};4\n", o => o with { Separator = ";", Decimal = point }));
        Assert.True(hint.Split('|').Any(h => refused.Message.Contains(h, StringComparison.Ordinal)), refused.Message);
    }

    [Theory]
    [InlineData(".", "1.234.5")]
    [InlineData(",", "12,3456")]
    [InlineData(",", ",234")]
    [InlineData(",", "1,,234")]
    [InlineData(",", "1234,567")]
    [InlineData(",", "1,23")]
    public void Wrongly_grouped_digits_are_not_a_number(string thousands, string text)
        => Assert.False(new NumberFormat(thousands == "." ? ',' : '.', thousands[0]).TryParse(Encoding.UTF8.GetBytes(text), out _));

    /// <summary>to_csv of pandas writes the index without a name. A separator at the end of each line adds an empty column.</summary>
    [Fact]
    public void An_unnamed_column_is_dropped_if_empty_or_listed_and_otherwise_named_by_position()
    {
        const string pandas = ",a,y\n0,5,1\n1,7,2\n2,6,4\n";
        Assert.Equal(["column_1", "a"], Columns(pandas));
        Assert.Equal(["a"], Columns(pandas, ""));
        Assert.Equal(["a"], Columns(pandas, "column_1"));
        Assert.Equal(["a"], Columns("a,y,\n5,1,\n7,2,\n6,4,\n"));
        Assert.Equal(["a"], Columns("a,y\n5,1,\n7,2,\n6,4\n"));
        Assert.Equal(["column_1", "column_3_", "column_3"], Columns(",y,,column_3\n0,1,5,3\n1,2,6,4\n2,4,8,9\n"));
        Assert.Equal(["a"], Columns(",a,y,,\n,5,1,,\n,7,2,,\n,6,4,,\n", missing: ["NA"]));

        string[] Columns(string text, string? drop = null, string[]? missing = null)
        {
            DataSplits data = Load(text, o => o with { Drop = drop is null ? [] : [drop], MissingValues = missing ?? o.MissingValues });
            return [.. TableEncoding.Parse(data.Encoding!).Columns];
        }
    }

    [Fact]
    public void Line_ends_byte_order_marks_and_separator_lines_do_not_change_the_data()
    {
        const string plain = "x;c;y\n1;p;1\n2;\"q\nr\";2\n3;p;4\n";
        string expected = DataFingerprint.Of(Load(plain, Semicolons));
        string[] others =
        [
            "\uFEFF\uFEFF" + plain,
            "sep=;\r\n" + plain,
            "\uFEFFsep=;\n" + plain,
            "\n\n" + plain.Replace("\n3;", "\n\n \n3;", StringComparison.Ordinal) + "\n\n",
            plain.Replace("\n2", "\r2", StringComparison.Ordinal).Replace("\n3", "\r3", StringComparison.Ordinal),
            plain.Replace("3;p", "\uFEFF3;p", StringComparison.Ordinal),
        ];
        Assert.All(others, text => Assert.Equal(expected, DataFingerprint.Of(Load(text, Semicolons))));
        foreach ((string separator, string name) in new[] { ("#", "#"), ("\t", "tab"), ("\u0001", "\u0001"), ("|", "|"), (" ", " "), ("\u001F", "\u001F") })
        {
            Assert.Equal(expected, DataFingerprint.Of(Load(plain.Replace(";", separator, StringComparison.Ordinal), o => o with { Separator = name })));
        }

        foreach (string wrong in new[] { "ab", "\"", "\0", "é", "5", "x", ".", "-", "\n" })
        {
            Assert.Contains("data.separator", Assert.Throws<RequestException>(() => Load(plain, o => o with { Separator = wrong })).Message, StringComparison.Ordinal);
        }

        static Csv.Options Semicolons(Csv.Options options) => options with { Separator = ";" };
    }

    [Theory]
    [InlineData("/dev/zero", "The path is not a regular file but a pipe, a device or a socket")]
    [InlineData("/dev/null", "The path is not a regular file but a pipe, a device or a socket")]
    [InlineData("/dev/stdin", "")]
    public void Devices_and_pipes_are_rejected_without_reading_them(string path, string says)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "File kinds are only tested on Linux.");
        Assert.Contains(says, Assert.Throws<RequestException>(() => Csv.Load(new() { Path = path, Target = ["y"] }, new(1))).Message, StringComparison.Ordinal);
    }

    /// <summary>Regression test: with one row of a rare class, 16 of 40 sizes were rejected for each of the seeds 1 to 5.</summary>
    [Fact]
    public void A_class_with_one_row_is_in_the_training_set_for_any_size_and_seed()
    {
        for (int size = 20; size < 60; size++)
        {
            string text = "x,y\n" + string.Concat(Enumerable.Range(0, size).Select(i => $"{i},{(i == size / 2 ? "rare" : i % 2 == 0 ? "even" : "odd")}\n"));
            for (ulong seed = 1; seed <= 5; seed++)
            {
                DataSplits data = Load(text, o => o with { TestFraction = 0.2, ValidationFraction = 0.2 }, TargetKind.ClassIndex, seed);
                Assert.Equal(1, data.Train.Labels!.Count(l => l == 2));
                Assert.Equal(size, data.Parts.Sum(p => p.Data.Count));
            }
        }
    }

    [Fact]
    public void Dropped_rows_and_filled_values_are_noted()
    {
        const string text = "x,z,y\n1,5,a\n2,,b\nNA,7,a\n4,,c\n5,9,b\n6,2,a\n";
        string path = Path.Combine(_folder.FullPath, "t.csv");
        Assert.Equal(
            [$"{path}: 3 of 6 rows dropped because of missing values (x 1, z 2)", $"{path}: no rows remain of the class c"],
            Load(text, o => o with { Missing = MissingPolicy.DropRow }, TargetKind.ClassIndex).Notes);
        Assert.Equal(
            [$"{path}: 3 missing values filled in by data.missing=median (x 1, z 2)"],
            Load(text, o => o with { Missing = MissingPolicy.Median }, TargetKind.ClassIndex).Notes);
        Assert.Empty(Load("x,y\n1,2\n2,3\n", o => o with { Missing = MissingPolicy.DropRow }).Notes);
    }

    public void Dispose() => _folder.Dispose();

    private static float[] Inputs(IDataset part)
    {
        using var buffer = new BatchBuffer(part.Fields, part.Count);
        part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
        return buffer.Floats(Field.Input).ToArray();
    }

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private DataSplits Load(string text, Func<Csv.Options, Csv.Options> change, TargetKind wanted = TargetKind.Values, ulong seed = 1)
    {
        var options = new Csv.Options { Path = Write("t.csv", text), Target = ["y"], TestFraction = 0, ValidationFraction = 0 };
        return Csv.Load(change(options), new DatasetContext(seed) { Target = wanted });
    }
}
