using System.Text;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Problems in a table are reported with their location.</summary>
public sealed class CsvProblemsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("", "The file is empty", "t.csv")]
    [InlineData("\n \n", "The file is empty", "t.csv")]
    [InlineData("x,y\n", "The table has no rows", "t.csv")]
    [InlineData("x,y,x\n1,2,3\n", "x, columns 1 and 3", "t.csv(1)")]
    [InlineData("x,Y\n1,2\n", "There is no column 'y'", "data.target")]
    [InlineData("x;y\n1;2\n", "Set 'data.separator=\";\"'", "data.target")]
    [InlineData("x,y\n1,2\n3\n", "expected 2 fields; received 1", "t.csv(3,1)")]
    [InlineData("x,y\n1,2\n3,4,5\n", "expected 2 fields; received 3", "t.csv(3,3)")]
    [InlineData("x,y\n1,2\n\"3,4\n5,6\n", "Misplaced quote", "t.csv(3,1)")]
    [InlineData("x,y\n1,2\n3\"3,4\n", "Misplaced quote", "t.csv(3,1)")]
    [InlineData("x,y\n1,2\n\"3\"3,4\n", "Misplaced quote", "t.csv(3,1)")]
    [InlineData("x,y\n1,2\n\"3\"\"\",4\n", "received 3\"", "t.csv(3,1), column x")]
    [InlineData("x,y\n1,2\nabc,4\n", "The value is not a number", "t.csv(3,1), column x")]
    [InlineData("x,y\n1,2\n1;5,4\n", "received 1;5", "t.csv(3,1), column x")]
    [InlineData("x,y\n1,2\n\"1,500\",4\n", "The value is not a number", "t.csv(3,1), column x")]
    [InlineData("x,y\n1,2\n0x10,4\n", "The value is not a number", "t.csv(3,1), column x")]
    [InlineData("x,y\n1,2\ninf,4\n", "The number is not finite", "t.csv(3,1), column x")]
    [InlineData("x,y\n-Infinity,2\n1,4\n", "The number is not finite", "t.csv(2,1), column x")]
    [InlineData("x,y\nNAN,2\n1,4\n", "The number is not finite", "t.csv(2,1), column x")]
    [InlineData("x,y\n1e39,2\n1,4\n", "The number is not finite", "t.csv(2,1), column x")]
    [InlineData("x,y\n1,2\n3,inf\n", "The number is not finite", "t.csv(3,3), column y")]
    [InlineData("x,y\n1,2\n\n3,\n4,5\n", "A value is missing|The target is missing", "t.csv(4), column y")]
    [InlineData("x,y\n1,2\nNaN,3\n4,5\n", "A value is missing", "t.csv(3), column x")]
    [InlineData("x,y\na,2\n1,3\nb,5\n", "A categorical column contains a number", "t.csv(3,1), column x")]
    [InlineData("x,y\n1,2\n1,3\n1,5\n", "has the same value in every training row", "t.csv")]
    [InlineData("x,y\na,2\na,3\na,5\n", "has the same value in every training row", "t.csv")]
    [InlineData("x,y\n,2\n,3\n,5\n", "A value is missing|has the same value in every training row", "t.csv")]
    [InlineData("x,a\"b,y\n1,2,3\n", "Misplaced quote", "t.csv(1,3)")]
    [InlineData("\"x,y\n1,2\n", "Misplaced quote", "t.csv(1,1)")]
    [InlineData("x,y\r1,2\r\r3,q\r", "The value is not a number", "t.csv(4,3), column y")]
    [InlineData("x,y\r\n1,\"\r\n2\"\r\n3\"4,5\r\n", "Misplaced quote|The value is not a number", "t.csv(")]
    [InlineData("sep=;\nx;y\n1;2\n", "Set 'data.separator=\";\"'.", "t.csv(1,1)")]
    [InlineData("x,y\n1,2,\n3,4,5\n", "expected 2 fields; received 3", "t.csv(3,3)")]
    [InlineData("x,y\n1,2,,\n", "expected 2 fields; received 4", "t.csv(2,3)")]
    [InlineData("a,x,y\n\"one\ntwo\",1,2\nb,\"3\nq\",4\n", "The value is not a number", "t.csv(4,3), column x")]
    public void An_invalid_table_is_rejected_with_its_location(string text, string says, string place)
        => Refused(text, says, place, o => o with { TestFraction = 0, ValidationFraction = 0 }, TargetKind.Values);

    [Theory]
    [InlineData("x,y\n1,a\n2,b\n", "x,y\n1,c\n", "A class does not occur in the training rows", "test.csv(2), column y")]
    [InlineData("x,c,y\n1,p,a\n2,q,b\n", "x,c,y\n1,r,a\n", "A category does not occur in the training rows", "test.csv(2), column c")]
    [InlineData("x,c,y\n1,p,a\n2,q,b\n", "x,y\n1,a\n", "There is no column 'c'", "test.csv")]
    [InlineData("x,c,y\n1,p,a\n2,q,b\n", "x,c,y\n1,7,a\n", "a different kind", "test.csv")]
    [InlineData("x,y\n1,a\n2,b\n", "x,z\n1,a\n", "There is no column 'y'", "data.target")]
    [InlineData("x,y\n1,a\n2,a\n", "x,y\n1,a\n", "All training rows have the same class", "train.csv, column y")]
    [InlineData("x,y\n1,0.5\n2,1.5\n", "x,y\n1,0.5\n", "does not look like classes", "train.csv, column y")]
    public void A_test_file_that_does_not_match_the_training_rows_is_rejected(string train, string test, string says, string place)
    {
        string path = _folder.Write("test.csv", Encoding.UTF8.GetBytes(test));
        Refused(train, says, place, o => o with { TestPath = path, ValidationFraction = 0 }, TargetKind.ClassIndex, "train.csv");
    }

    [Fact]
    public void Bytes_that_are_not_text_are_rejected()
    {
        RefusedBytes([.. "x,y\n1,2\n"u8, 0xFF, .. ",3\n"u8], "t.csv(3,1)", "0xFF");
        RefusedBytes([.. "x,y\n1,2\n3"u8, 0, .. ",3\n"u8], "t.csv(3,2)", "a zero byte");
        RefusedBytes(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("x,y\n1,2\n")).ToArray(), "t.csv", "UTF-16");
        Assert.Contains("There is no such file", Assert.Throws<RequestException>(() => Load(_folder["none.csv"], o => o, TargetKind.Values)).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<RequestException>(() => Load(_folder.FullPath, o => o, TargetKind.Values)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contradictory_options_are_rejected()
    {
        string text = "x,c,y\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"{i},{(char)('a' + (i % 3))},{i}\n"));
        Refused(text, "is in two lists", "data.numeric and data.categorical", o => o with { Numeric = ["x"], Categorical = ["x"] });
        Refused(text, "is in two lists", "data.target and data.drop", o => o with { Drop = ["y"] });
        Refused(text, "listed twice", "data.drop", o => o with { Drop = ["x", "x"] });
        Refused(text, "There is no column 'xx'", "data.drop", o => o with { Drop = ["xx"] });
        Refused(text, "no rows for training", "data.test_fraction", o => o with { TestFraction = 0.5, ValidationFraction = 0.5 });
        Refused(text, "would be empty", "data.test_fraction", o => o with { TestFraction = 0.01 });
        Refused(text, "field separator", "data.separator", o => o with { Separator = "ab" });
        Refused(text, "too many categories", "t.csv", o => o with { MaxCategories = 2 });
        Refused(text, "The value is not a number", "column c", o => o with { Numeric = ["c"] });
        Refused(text, "Class targets need exactly one column", "data.target", o => o with { Target = ["y", "c"] }, TargetKind.ClassIndex);
        Refused(text, "neither 0 nor 1", "t.csv", o => o with { Target = ["y"] }, TargetKind.MultiHot);
        Refused("x,y\n1,1\n2,2\n", "The table has no feature columns", "t.csv", o => o with { Drop = ["x"], TestFraction = 0, ValidationFraction = 0 });
        Refused("x,y\n,1\n,2\n", "Every row has a missing value", "t.csv", o => o with { Missing = MissingPolicy.DropRow });
    }

    [Fact]
    public void All_constant_columns_are_reported_together()
    {
        string path = _folder.Write("t.csv", "a,b,c,y\n1,p,1,1\n1,p,2,2\n1,p,3,3\n"u8);
        RequestException refused = Assert.Throws<RequestException>(() => Load(path, o => o with { TestFraction = 0, ValidationFraction = 0 }, TargetKind.Values));
        Problem only = Assert.Single(refused.Problems);
        Assert.Equal(("a: 1, b: p", "Constant columns carry no information. Drop them with data.drop=[a,b]."), (only.Received, only.Hint));
    }

    [Fact]
    public void A_mutated_table_is_rejected_with_a_location_or_gives_finite_numbers()
    {
        foreach ((int number, byte[] bytes) in Mutations.Of(Encoding.UTF8.GetBytes(Tables.Houses(60))))
        {
            string path = _folder.Write("t.csv", bytes);
            try
            {
                DataSplits data = Load(path, o => o with { Target = ["price"], MissingValues = ["NA"] }, TargetKind.Values);
                foreach ((_, IDataset part) in data.Parts)
                {
                    using var buffer = new BatchBuffer(part.Fields, part.Count);
                    part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
                    Assert.All([.. buffer.Floats(Field.Input), .. buffer.Floats(Field.Target)], v => Assert.True(float.IsFinite(v), $"mutation {number}"));
                }
            }
            catch (RequestException refused)
            {
                Assert.All(refused.Problems, p => Assert.False(string.IsNullOrEmpty(p.Where), $"mutation {number}: {p}"));
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static DataSplits Load(string path, Func<Csv.Options, Csv.Options> change, TargetKind wanted)
        => Csv.Load(change(new Csv.Options { Path = path, Target = ["y"] }), new DatasetContext(1) { Target = wanted });

    private void Refused(
        string text, string says, string place, Func<Csv.Options, Csv.Options> change, TargetKind wanted = TargetKind.Values, string name = "t.csv")
    {
        string path = _folder.Write(name, Encoding.UTF8.GetBytes(text));
        RequestException refused = Assert.Throws<RequestException>(() => Load(path, change, wanted));
        Assert.True(says.Split('|').Any(s => refused.Message.Contains(s, StringComparison.Ordinal)), refused.Message);
        Assert.Contains(place, refused.Problems[0].Where, StringComparison.Ordinal);
    }

    private void RefusedBytes(byte[] bytes, string place, string received)
    {
        string path = _folder.Write("t.csv", bytes);
        RequestException refused = Assert.Throws<RequestException>(() => Load(path, o => o, TargetKind.Values));
        Assert.Contains(place, refused.Problems[0].Where, StringComparison.Ordinal);
        Assert.Contains(received, refused.Message, StringComparison.Ordinal);
    }
}
