using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class InspectConfigCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Every_key_is_shown_with_type_bounds_default_and_summary()
    {
        string all = _project.Do("inspect", "config").Ends(0).Out;
        string optimizer = _project.Do("train", "--help", "optimizer").Ends(0).Out;

        Assert.Equal(_project.Do("inspect", "config", "optimizer").Ends(0).Out, optimizer);
        Assert.Contains("  optimizer.weight_decay ", optimizer, StringComparison.Ordinal);
        Assert.DoesNotContain("  model.hidden ", optimizer, StringComparison.Ordinal);
        string help = _project.Do("train", "--help").Ends(0).Out;
        Assert.Contains("regimen train --help GROUP", help, StringComparison.Ordinal);
        Assert.InRange(help.Split('\n').Length, 20, 60);
        Assert.Contains("  model.hidden ", all, StringComparison.Ordinal);
        Assert.Contains("a whole number from 1 to 65536; default 128\n", all, StringComparison.Ordinal);
        Assert.Contains("\ntransform horizontal_flip: Mirrors an image left to right, at random.\n  p ", all, StringComparison.Ordinal);
    }

    [Fact]
    public void One_group_has_the_expected_text()
        => Assert.Equal(
            """
            Choices:
              early_stopping=default|none

            early_stopping: Options of early stopping: when to stop before the last epoch, and which weights to keep.
              early_stopping.monitor       The monitored value: a split and a metric, such as val.loss or val.accuracy.
                                           text; default val.loss
            """,
            string.Join('\n', _project.Do("inspect", "config", "early_stopping").Ends(0).Lines.Take(6)).TrimEnd(),
            ignoreLineEndingDifferences: true);

    [Fact]
    public void The_JSON_output_is_one_document()
    {
        JsonNode document = _project.Do("inspect", "config", "transforms", "--json").Ends(0).Json;

        Assert.Contains("default", document["choices"]!["transforms"]!.AsArray().Select(c => c!.GetValue<string>()));
        JsonNode flip = document["groups"]!.AsArray().Single(g => g!["choice"]?.GetValue<string>() == "horizontal_flip")!;
        JsonNode key = Assert.Single(flip["keys"]!.AsArray())!;
        Assert.True(flip["element"]!.GetValue<bool>());
        Assert.Equal(("p", "a number from 0 to 1", 0.5), (key["key"]!.GetValue<string>(), key["expected"]!.GetValue<string>(), key["default"]!.GetValue<double>()));
        Assert.Equal("The probability that a sample is mirrored.", key["summary"]!.GetValue<string>());
        Assert.Equal(1, key["schema"]!["anyOf"]![0]!["maximum"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("inspect config modle", "Did you mean `model`?")]
    [InlineData("inspect config modle --schema", "Did you mean `model`?")]
    [InlineData("inspect config --schema --into nowhere", "The folder does not exist")]
    public void Unknown_groups_and_folders_are_refused(string line, string says)
        => Assert.Contains(says, _project.Do(line.Split(' ')).Ends(2).Error, StringComparison.Ordinal);

    [Fact]
    public void Schemas_are_written_for_custom_configs_and_named_once()
    {
        string train = _project.Folder["configs/train.yaml"];
        string model = _project.Folder["configs/model/small.yaml"];
        _project.Folder.Write("configs/train.yaml", File.ReadAllBytes(Path.Combine(Repository.Root, "configs", "train.yaml")));
        _project.Folder.Write("configs/model/small.yaml", "name: mlp\nhidden: 4\n"u8);
        string before = File.ReadAllText(train);

        _project.Do("inspect", "config", "--schema", "--into", "configs").Ends(0);
        _project.Do("inspect", "config", "--schema", "--into", "configs").Ends(0);

        Assert.Equal(before, File.ReadAllText(train));
        Assert.Equal("# yaml-language-server: $schema=../schema/model.json\nname: mlp\nhidden: 4\n", File.ReadAllText(model));
        JsonNode schema = JsonNode.Parse(File.ReadAllText(_project.Folder["configs/schema/config.json"]))!;
        Assert.Contains("small", schema["definitions"]!["model"]!["anyOf"]![0]!["enum"]!.AsArray().Select(n => n!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(schema, _project.Do("inspect", "config", "--schema").Ends(0).Json));
    }
}
