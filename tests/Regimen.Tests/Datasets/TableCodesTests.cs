using System.Text;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Categorical columns as codes, and rows encoded from a model's metadata alone.</summary>
public sealed class TableCodesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Categories_become_int64_fields_beside_the_numbers()
    {
        DataSplits data = Load("colour,x,size,y\nred,1,L,0.5\nblue,2,S,1\nred,3,M,1.5\n", o => o);
        Assert.Equal(
            ["input [1] Float32 ", "colour [] Int64 3", "size [] Int64 4", "target [] Float32 "],
            data.Train.Fields.Select(f => $"{f.Name} {f.Shape} {f.Type} {f.Cardinality}"));
        Assert.Equal([2, 1, 2], Codes(data.Train, "colour"));
        Assert.Equal([1, 3, 2], Codes(data.Train, "size"));
        using BatchBuffer all = Read(data.Train);
        Assert.Equal([0.5f, 1, 1.5f], all.Floats(Field.Target).ToArray());
        Assert.Equal([-1.2247f, 0, 1.2247f], all.Floats(Field.Input).ToArray().Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void A_table_of_categories_alone_has_no_float_input()
    {
        DataSplits data = Load("colour,y\nred,1\nblue,2\n", o => o);
        Assert.Equal(["colour", "target"], data.Train.Fields.Select(f => f.Name));
        Assert.Equal([2, 1], Codes(data.Train, "colour"));
    }

    [Fact]
    public void A_column_named_as_another_field_gets_a_name_of_its_own()
    {
        DataSplits data = Load("input,target,input_,y\na,b,c,1\nb,a,d,2\n", o => o);
        Assert.Equal(["input__", "target_", "input_", "target"], data.Train.Fields.Select(f => f.Name));
    }

    [Fact]
    public void Rare_and_unknown_categories_have_the_code_0()
    {
        DataSplits data = Load("c,y\na,1\na,2\nb,3\nb,4\nrare,5\n", o => o with { MinFrequency = 2, TestPath = Write("test.csv", "c,y\nb,1\nrare,2\nnew,3\n") });
        Assert.Equal([1, 1, 2, 2, 0], Codes(data.Train, "c"));
        Assert.Equal([2, 0, 0], Codes(data.Test!, "c"));
        Assert.Equal(3, data.Train.Fields[0].Cardinality);
    }

    [Fact]
    public void An_unknown_category_is_an_error_by_default_and_the_code_0_with_zeros()
    {
        string test = Write("test.csv", "c,y\nz,1\n");
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Load("c,y\na,1\nb,2\n", o => o with { TestPath = test })).Problems);
        Assert.Equal("Set data.unknown=zeros to encode unknown categories as the code 0.", problem.Hint);
        Assert.Equal([0], Codes(Load("c,y\na,1\nb,2\n", o => o with { TestPath = test, Unknown = UnknownWords.Zeros }).Test!, "c"));
    }

    [Fact]
    public void One_hot_has_a_limit_of_categories_and_codes_have_none_unless_it_is_set()
    {
        string many = "c,y\n" + string.Concat(Enumerable.Range(0, 202).Select(i => $"w{i % 101},{i}\n"));
        Assert.Equal(102, Load(many, o => o).Train.Fields[0].Cardinality);
        foreach (Func<Csv.Options, Csv.Options> change in (Func<Csv.Options, Csv.Options>[])[o => o with { Categories = TableCategories.OneHot }, o => o with { MaxCategories = 100 }])
        {
            Problem problem = Assert.Single(Assert.Throws<RequestException>(() => Load(many, change)).Problems);
            Assert.Equal(("The column c has too many categories", "at most 100 (data.max_categories)", "101"), (problem.Message, problem.Expected, problem.Received));
        }
    }

    [Fact]
    public void The_fingerprint_depends_on_codes_and_names()
    {
        string[] tables = ["c,d,y\na,a,1\nb,b,2\n", "c,d,y\na,b,1\nb,a,2\n", "c,e,y\na,a,1\nb,b,2\n"];
        Assert.Equal(3, tables.Select(t => DataFingerprint.Of(Load(t, o => o))).Distinct().Count());
    }

    /// <summary>Every row of the test split, encoded cell by cell from the JSON, equals the row of the data set bit for bit.</summary>
    [Theory]
    [InlineData(TableCategories.OneHot)]
    [InlineData(TableCategories.Codes)]
    public void Rows_are_encoded_from_the_metadata_alone_as_in_training(TableCategories categories)
    {
        string[] rows = Tables.Houses(37, seed: 9).TrimEnd().Split('\n');
        rows[5] = ",3,Kiel,1,1";
        rows[6] = "71.5,,,1,1";
        rows[7] = " 50 ,3, Bonn ,1,1";
        DataSplits data = Load(Tables.Houses(80), o => o with
        {
            Categories = categories, Target = ["price"], Drop = ["rent"], Missing = MissingPolicy.Median, Unknown = UnknownWords.Zeros, TestPath = Write("test.csv", string.Join('\n', rows)),
        });
        var encoder = TableRowEncoder.FromJson((JsonObject)JsonNode.Parse(data.Encoding!.ToJsonString())!);
        Assert.Equal(["area", "age", "town"], encoder.Features.Select(f => f.Name));
        Assert.Equal(data.Train.Fields.Where(f => !f.IsTarget), encoder.Fields);
        Assert.Equal(data.Encoding!.ToJsonString(), encoder.ToJson().ToJsonString());

        using BatchBuffer expected = Read(data.Test!);
        var input = new float[encoder.InputWidth];
        var codes = new long[encoder.CodeCount];
        for (int row = 0; row < data.Test!.Count; row++)
        {
            string?[] cells = rows[row + 1].Split(',')[..3];
            encoder.Encode([.. cells.Select(c => c!.Length == 0 ? null : c)], input, codes);
            Assert.Equal(expected.Floats(Field.Input).Slice(row * input.Length, input.Length).ToArray(), input);
            Assert.Equal(categories == TableCategories.Codes ? [expected.Longs("town")[row]] : [], codes);
        }

        var table = TableEncoding.Parse(data.Encoding!);
        Assert.Equal(categories == TableCategories.Codes ? Codes(data.Test!, "town").Select(c => (int)c) : [], table.ReadCodes(_folder["test.csv"]).Cast<int>());
        Assert.Equal(expected.Floats(Field.Input).ToArray(), table.Read(_folder["test.csv"]).Cast<float>());
    }

    [Fact]
    public void Wrong_cells_are_all_told_with_their_columns()
    {
        DataSplits data = Load("x,c,z,y\n1,a,5,1\n2,b,6,2\n", o => o);
        var encoder = TableRowEncoder.FromJson(data.Encoding!);
        RequestException refused = Assert.Throws<RequestException>(() => encoder.Encode(["one", "q", null], new float[2], new long[1]));
        Assert.Equal(["column x one", "column c q", "column z no value"], refused.Problems.Select(p => $"{p.Where} {p.Received}"));
        Assert.Throws<ArgumentException>(() => encoder.Encode(["1", "a"], new float[2], new long[1]));
    }

    [Theory]
    [InlineData("1234,5")]
    [InlineData(" 1.234,5 ")]
    public void Numbers_are_read_in_the_format_of_the_training_table(string cell)
    {
        DataSplits data = Load("x;c;y\n1,5;a;1\n-2.000,5;b;2\n", o => o with { Separator = ";", Decimal = ",", Thousands = ".", Scaling = TableScaling.None });
        var encoder = TableRowEncoder.FromJson(data.Encoding!);
        var input = new float[1];
        encoder.Encode([cell, "a"], input, new long[1]);
        Assert.Equal(1234.5f, input[0]);
        encoder.Encode([encoder.Write(-0.25), "a"], input, new long[1]);
        Assert.Equal(-0.25f, input[0]);
    }

    [Theory]
    [InlineData("name", "\"tables\"")]
    [InlineData("features", "[]")]
    [InlineData("features", """[{"name":"c","kind":"categorical","words":["b","a"],"fill":null,"field":"c"}]""")]
    [InlineData("features", """[{"name":"c","kind":"categorical","words":["a"],"fill":null,"field":"target"}]""")]
    [InlineData("features", """[{"name":"x","kind":"numeric","offset":0,"scale":0,"fill":null}]""")]
    [InlineData("features", """[{"name":"x","kind":"numeric","offset":"0","scale":1,"fill":null}]""")]
    [InlineData("separator", "\"\"")]
    [InlineData("missing_values", "null")]
    public void Damaged_metadata_is_refused(string key, string value)
    {
        JsonObject json = Load("x,c,y\n1,a,1\n2,b,2\n", o => o).Encoding!;
        json[key] = JsonNode.Parse(value);
        Assert.Throws<RequestException>(() => TableRowEncoder.FromJson(json));
    }

    private static BatchBuffer Read(IDataset data)
    {
        var buffer = new BatchBuffer(data.Fields, data.Count);
        data.Gather([.. Enumerable.Range(0, data.Count)], ChannelScale.Identity, buffer);
        return buffer;
    }

    private static long[] Codes(IDataset data, string field)
    {
        using BatchBuffer buffer = Read(data);
        return buffer.Longs(field).ToArray();
    }

    private string Write(string name, string text)
    {
        _folder.Write(name, Encoding.UTF8.GetBytes(text));
        return _folder[name];
    }

    private DataSplits Load(string text, Func<Csv.Options, Csv.Options> change) => Csv.Load(
        change(new() { Path = Write("table.csv", text), Target = ["y"], Categories = TableCategories.Codes, TestFraction = 0, ValidationFraction = 0, ScaleTarget = TargetScaling.None }), new DatasetContext(1) { Target = TargetKind.Values });
}
