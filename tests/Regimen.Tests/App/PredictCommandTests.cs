using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Tests.TestKit;
using Spectre.Console.Testing;

namespace Regimen.Tests.App;

public sealed class PredictCommandTests : IDisposable
{
    private const string TestImages = "t10k-images-idx3-ubyte";
    private readonly ProjectFolder _project = new();

    [Fact]
    public void Predictions_of_the_test_set_have_the_accuracy_of_the_evaluation()
    {
        _project.Train("trainer.epochs=1", "model=cnn").Ends(0);
        double accuracy = _project.Do("evaluate", "latest", "--json").Ends(0).Json["accuracy"]!.GetValue<double>();
        byte[] labels = File.ReadAllBytes(Path.Combine(_project.Data, "t10k-labels-idx1-ubyte"))[8..];
        string[] rows = _project.Do("predict", "latest", Path.Combine("data/mnist", TestImages)).Ends(0).Lines;
        Assert.Equal("input,class,probability", rows[0]);
        Assert.StartsWith($"data/mnist/{TestImages}[0],", rows[1], StringComparison.Ordinal);
        string[][] cells = [.. rows.Skip(1).Select(r => r.Split(','))];
        Assert.Equal(TinyMnist.Test, cells.Length);
        Assert.Equal(accuracy, cells.Index().Count(c => c.Item[1] == labels[c.Index].ToString(CultureInfo.InvariantCulture)) / (double)TinyMnist.Test);

        // A compressed file, one image alone, and standard input give the same numbers as the whole file.
        byte[] images = File.ReadAllBytes(Path.Combine(_project.Data, TestImages));
        using (var packed = new GZipStream(File.Create(_project.Folder["some.gz"]), CompressionLevel.Fastest))
        {
            packed.Write(IdxBytes.Of(0x08, [3, 28, 28], images.AsSpan(16, 3 * 784).ToArray()));
        }

        Assert.Equal(rows[1..4].Select(AfterName), _project.Do("predict", "latest", "some.gz").Ends(0).Lines[1..].Select(AfterName));
        byte[] png = ImageBytes.GreyPng(28, 28, images.AsSpan(16 + 784, 784));
        File.WriteAllBytes(_project.Folder["one.png"], png);
        Assert.Equal(AfterName(rows[2]), AfterName(_project.Do("predict", _project.Run, "one.png").Ends(0).Lines[1]));
        Assert.Equal($"-,{AfterName(rows[2])}", DoWithInput(png, "predict", "latest").Ends(0).Lines[1]);
    }

    [Fact]
    public void A_folder_is_read_in_order_and_a_bad_file_does_not_end_the_rest()
    {
        _project.Train("trainer.epochs=1").Ends(0);
        foreach ((string name, int shift) in (ReadOnlySpan<(string, int)>)[("photos/b/2.png", 2), ("photos/a.png", 0), ("photos/b/10.png", 1)])
        {
            _project.Folder.Write(name, ImageBytes.GreyPng(28, 28, [.. Enumerable.Range(0, 784).Select(i => (byte)(i * (31 + shift)))]));
        }

        CommandOutput good = _project.Do("predict", "latest", "photos", "--format", "jsonl").Ends(0);
        Assert.Equal(["photos/a.png", "photos/b/10.png", "photos/b/2.png"], good.Lines.Select(l => JsonNode.Parse(l)!["input"]!.GetValue<string>()));

        _project.Folder.Write("photos/b/1.png", [0x89, 0x50, 0x4E, 0x47, 1, 2, 3]);
        _project.Folder.Write("small.png", ImageBytes.GreyPng(5, 7, new byte[35]));
        CommandOutput some = _project.Do("predict", "latest", "nothing.png", "photos", "small.png", "--format", "jsonl").Ends(1);
        Assert.Equal(good.Out, some.Out);
        Assert.Equal(3, some.Error.Split('\n').Count(l => l.StartsWith("error: ", StringComparison.Ordinal)));
        Assert.Contains("nothing.png: There is no such file", some.Error, StringComparison.Ordinal);
        Assert.Contains("b/1.png", some.Error, StringComparison.Ordinal);
        Assert.Contains("--fit crop", some.Error, StringComparison.Ordinal);
        _project.Do("predict", "latest", "small.png", "--fit", "stretch").Ends(0);
    }

    [Fact]
    public void An_input_of_another_kind_is_told_by_its_name()
    {
        _project.Train("trainer.epochs=1", "model.hidden=5").Ends(0);
        File.WriteAllText(_project.Folder["note.png"], "not an image");
        File.WriteAllBytes(_project.Folder["one.png"], ImageBytes.GreyPng(28, 28, new byte[784]));
        CommandOutput images = _project.Do("predict", "latest", "note.png", "one.png").Ends(1);
        Assert.StartsWith("error: note.png: The input is not an image that can be read\n", images.Error, StringComparison.Ordinal);
        Assert.Equal(2, images.Lines.Length);

        File.WriteAllText(_project.Folder["houses.csv"], Tables.Houses(130));
        _project.Do("train", "data=csv", $"data.path={_project.Folder["houses.csv"]}", "data.target=[price]", "objective=mse", "trainer.epochs=1", "name=rows").Ends(0);
        CommandOutput rows = _project.Do("predict", "latest", "one.png").Ends(1);
        Assert.StartsWith("error: one.png: The model takes other inputs\n", rows.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_document_has_all_probabilities_or_the_highest()
    {
        _project.Train("trainer.epochs=1").Ends(0);
        string images = Path.Combine("data/mnist", TestImages);
        JsonArray all = _project.Do("predict", "latest", images, "--json").Ends(0).Json.AsArray();
        Assert.Equal(TinyMnist.Test, all.Count);
        Assert.Equal(["input", "class", "probability", "probabilities"], all[0]!.AsObject().Select(p => p.Key));
        Assert.Equal(Enumerable.Range(0, 10).Select(c => $"{c}"), all[0]!["probabilities"]!.AsObject().Select(p => p.Key));
        JsonNode top = _project.Do("predict", "latest", images, "--json", "--top", "3").Ends(0).Json[7]!;
        double[] values = [.. top["probabilities"]!.AsObject().Select(p => p.Value!.GetValue<double>())];
        Assert.Equal(3, values.Length);
        Assert.Equal(values.OrderDescending(), values);
        Assert.Equal(top["class"]!.GetValue<string>(), top["probabilities"]!.AsObject().First().Key);
        Assert.Equal("input,class,probability,class_2,probability_2", _project.Do("predict", "latest", images, "--top", "2").Ends(0).Lines[0]);
    }

    [Fact]
    public void Rows_of_a_table_are_found_by_name_and_a_bad_row_does_not_end_the_rest()
    {
        string table = _project.Folder["houses.csv"];
        File.WriteAllText(table, Tables.ExpensiveHouses(203));
        _project.Do("train", $"data.path={table}", "data=csv", "data.target=[price]", "objective=mse", "trainer.epochs=2").Ends(0);
        string[] known = File.ReadAllLines(table);
        string[] expected = _project.Do("predict", "latest", "houses.csv").Ends(0).Lines;
        Assert.Equal("input,price", expected[0]);
        Assert.StartsWith("houses.csv(2),", expected[1], StringComparison.Ordinal);
        Assert.Equal(known.Length, expected.Length);

        // Another order, without the target, with another column, and with two bad rows.
        IEnumerable<string> rows = known.Skip(1).Take(20).Select(l => l.Split(',')).Select((c, i) => $"{c[2]},{i},{(i == 4 ? "old" : c[1])},{c[0]}");
        File.WriteAllText(_project.Folder["new.csv"], $"town,number,age,area\n{string.Join('\n', rows)}\nAtlantis,1,2,3\n");
        CommandOutput some = _project.Do("predict", "latest", "new.csv").Ends(1);
        Assert.Equal(expected[1..21].Where((_, i) => i != 4).Select(AfterName), some.Lines[1..].Select(AfterName));
        Assert.Contains("new.csv(6), column age", some.Error, StringComparison.Ordinal);
        Assert.Contains("new.csv(22), column town", some.Error, StringComparison.Ordinal);

        CommandOutput missing = DoWithInput("area,town\n50,Kiel\n"u8.ToArray(), "predict", "latest", "-").Ends(1);
        Assert.Contains("There is no column 'age'", missing.Error, StringComparison.Ordinal);
        string[] first = known[1].Split(',');
        string json = $"{{\"town\":\"{first[2]}\",\"age\":{first[1]},\"area\":{first[0]},\"more\":null}}\n{{\"town\":1}}\n";
        CommandOutput lines = DoWithInput(Encoding.UTF8.GetBytes(json), "predict", "latest", "--json").Ends(1);
        Assert.Equal(AfterName(expected[1]), lines.Json[0]!["values"]![0]!.GetValue<double>().ToString("R", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void An_output_file_is_replaced_as_a_whole()
    {
        _project.Train("trainer.epochs=1").Ends(0);
        string images = Path.Combine("data/mnist", TestImages);
        string expected = _project.Do("predict", "latest", images, "--format", "jsonl").Ends(0).Out;
        CommandOutput written = _project.Do("predict", "latest", images, "--output", "out.jsonl", "--json").Ends(0);
        Assert.Equal(expected, File.ReadAllText(_project.Folder["out.jsonl"]));
        Assert.Equal(TinyMnist.Test, written.Json["predictions"]!.GetValue<int>());
        File.WriteAllText(_project.Folder["kept.csv"], "old");
        _project.Do("predict", "latest", "--output", "kept.csv", "--prompt", "text").Ends(2);
        Assert.Equal("old", File.ReadAllText(_project.Folder["kept.csv"]));
        Assert.DoesNotContain(Directory.GetFiles(_project.Folder.FullPath), f => f.EndsWith(".new", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("There is no run 'nothing'", "nothing", "x.png")]
    [InlineData("--top", "latest", "x.png", "--top", "0")]
    [InlineData("--format", "latest", "x.png", "--format", "jsonlines")]
    [InlineData("--fit", "latest", "x.png", "--fit", "pad")]
    [InlineData("--temperature", "latest", "x.png", "--temperature", "-1")]
    public void A_wrong_request_is_refused(string message, params string[] args)
    {
        _project.Train("trainer.epochs=1", "--quiet").Ends(0);
        Assert.Contains(message, _project.Do(["predict", .. args]).Ends(2).Error, StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose() => _project.Dispose();

    private static string AfterName(string row) => row[(row.IndexOf(',', StringComparison.Ordinal) + 1)..];

    private CommandOutput DoWithInput(byte[] input, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var console = new TestConsole();
        var host = new AppHost { Out = output, Error = error, Console = console, IsTerminal = false, WorkingDirectory = _project.Folder.FullPath, In = () => new MemoryStream(input) };
        return new CommandOutput(RegimenApp.RunAsync(args, host).GetAwaiter().GetResult(), output.ToString(), error.ToString());
    }
}
