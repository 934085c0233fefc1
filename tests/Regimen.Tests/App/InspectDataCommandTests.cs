using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class InspectDataCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void JSON_has_counts_and_statistics_of_every_part()
    {
        JsonNode json = _project.Do("inspect", "data", $"data.root={_project.Data}", "--json", "--rows", "2").Ends(0).Json;
        Assert.Equal(
            [
                "data", "fingerprint", "sample_shape", "inputs", "input_shape", "target", "target_size", "classes", "parts", "splits", "encoding",
                "table", "images", "text", "train_transforms", "eval_transforms", "first",
            ],
            json.AsObject().Select(p => p.Key));
        Assert.Equal(("mnist", "class_index"), (json["data"]!.GetValue<string>(), json["target"]!.GetValue<string>()));
        Assert.Equal("[1,28,28]", json["sample_shape"]!.ToJsonString());
        Assert.Equal(["train 240", "val 60", "test 100"], json["parts"]!.AsArray().Select(p => $"{p!["part"]} {p["samples"]}"));
        Assert.Equal(TinyMnist.Test / 10, json["parts"]![2]!["per_class"]![3]!["samples"]!.GetValue<int>());
        JsonNode input = json["parts"]![0]!["input"]!;
        JsonNode prepared = json["parts"]![0]!["prepared"]!;
        Assert.InRange(input["max"]!.GetValue<double>(), 0.9, 1);
        Assert.Equal((input["mean"]!.GetValue<double>() - 0.1307) / 0.3081, prepared["mean"]!.GetValue<double>(), 1e-5);
        Assert.Equal(input["std"]!.GetValue<double>() / 0.3081, prepared["std"]!.GetValue<double>(), 1e-5);
        Assert.Equal([784, 784], json["first"]!.AsArray().Select(f => f!["input"]!.AsArray().Count));
    }

    [Fact]
    public void A_contact_sheet_is_written_to_the_given_path()
    {
        string[] line = ["inspect", "data", $"data.root={_project.Data}", "transforms=digits"];
        CommandOutput output = _project.Do([.. line, "--sheet", "sheet.png"]).Ends(0);
        Assert.Contains($"contact sheet {_project.Folder["sheet.png"]}", output.Out, StringComparison.Ordinal);
        byte[] png = File.ReadAllBytes(_project.Folder["sheet.png"]);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        Assert.Equal(_project.Folder["again.png"], _project.Do([.. line, "--json", "--sheet", "again.png"]).Ends(0).Json["sheet"]!.GetValue<string>());
        Assert.Equal(png, File.ReadAllBytes(_project.Folder["again.png"]));
        Assert.Contains("--sheet", _project.Do([.. line, "--sheet", "no/such/folder/sheet.png"]).Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_is_that_of_a_run_and_no_file_is_created()
    {
        string[] data = ["inspect", "data", $"data.root={_project.Data}", "--json"];
        string fingerprint = _project.Do(data).Ends(0).Json["fingerprint"]!.GetValue<string>();
        Assert.False(Directory.Exists(_project.Runs));
        _project.Train("--quiet", "trainer.epochs=1").Ends(0);
        Assert.Contains(fingerprint, File.ReadAllText(Path.Combine(_project.Run, "run.json")), StringComparison.Ordinal);
        Assert.NotEqual(fingerprint, _project.Do([.. data, "data.limit=250"]).Ends(0).Json["fingerprint"]!.GetValue<string>());
    }

    [Fact]
    public void Text_has_a_line_per_part_and_per_class()
    {
        CommandOutput output = _project.Do("inspect", "data", $"data.root={_project.Data}").Ends(0);
        Assert.Equal("mnist: samples [1, 28, 28], one of 10 classes each", output.Lines[0]);
        Assert.Matches("^fingerprint [0-9a-f]{64}$", output.Lines[1]);
        Assert.Matches(@"^train +240 +0 +(0\.\d+|1) +0\.\d+ +0\.\d+$", output.Lines[4]);
        Assert.Contains("model input: [1, 28, 28] after normalize", output.Lines);
        Assert.Matches("^7 +2[0-9] +[0-9]+ +10$", output.Lines.Single(l => l.StartsWith("7 ", StringComparison.Ordinal) && !l.Contains(':', StringComparison.Ordinal)));
        Assert.Contains("first samples of train", output.Lines);
        Assert.EndsWith("… (784 values)", output.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_of_numbers_are_shown_with_their_targets_range()
    {
        _project.Folder.Write("x_train.npy", NpyBytes.Of([.. Enumerable.Range(0, 20).Select(i => (float)i)], 10, 2));
        _project.Folder.Write("y_train.npy", NpyBytes.Of([.. Enumerable.Range(0, 20).Select(i => i / 2.0)], 10, 2));
        string[] data = ["inspect", "data", "data=npy", "objective=mse", $"data.root={_project.Folder.FullPath}"];
        JsonNode json = _project.Do([.. data, "--json"]).Ends(0).Json;
        Assert.Equal(("values", 2), (json["target"]!.GetValue<string>(), json["target_size"]!.GetValue<int>()));
        Assert.Equal(2, json["parts"]![0]!["targets"]!.AsArray().Count);
        Assert.Contains("npy: samples [2], 2 numbers each", _project.Do(data).Ends(0).Lines);
    }

    [Fact]
    public void A_table_that_needs_a_key_is_shown_with_that_key()
    {
        string rows = string.Concat(Enumerable.Range(0, 23).Select(i => $"{(i % 5 == 0 ? string.Empty : $"{i}")},w{i % 19},{i % 2}\n"));
        File.WriteAllText(_project.Folder["t.csv"], $"a,word,y\n{rows}");
        string[] line = ["inspect", "data", "data=csv", $"data.path={_project.Folder["t.csv"]}", "data.target=[y]", "data.target_kind=classes"];
        CommandOutput holes = _project.Do(line).Ends(0);
        Assert.Equal("csv: not ready for training", holes.Lines[0]);
        Assert.Contains(holes.Lines, l => l.StartsWith("a ", StringComparison.Ordinal) && l.Contains(" 5 ", StringComparison.Ordinal));
        Assert.Contains("data.missing", holes.Out, StringComparison.Ordinal);

        JsonNode words = _project.Do([.. line, "data.missing=mean", "data.max_categories=7", "--json"]).Ends(0).Json;
        Assert.Contains("data.max_categories", words["undecided"]![0]!["hint"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(19, words["table"]!["columns"]![1]!["different_words"]!.GetValue<int>());
        Assert.Null(_project.Do([.. line, "data.missing=mean", "data.unknown=zeros", "--json"]).Ends(0).Json["undecided"]);
    }

    [Fact]
    public void Bad_requests_are_refused()
    {
        Assert.Contains("--rows", _project.Do("inspect", "data", $"data.root={_project.Data}", "--rows", "-1").Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("The data folder does not exist", _project.Do("inspect", "data", "data.root=/nowhere").Ends(2).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
