using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class TrainCommandTests : IDisposable
{
    private static readonly string[] Keys = ["run", "status", "epochs", "best_epoch", "val", "test", "weights_digest", "seconds"];
    private readonly ProjectFolder _project = new();

    [Fact]
    public void JSON_is_one_document_with_the_documented_keys()
    {
        CommandOutput output = _project.Train("--json").Ends(0);
        Assert.Empty(output.Error);
        JsonNode json = output.Json;
        Assert.Equal(Keys, json.AsObject().Select(p => p.Key));
        Assert.Equal(_project.Run, json["run"]!.GetValue<string>());
        Assert.Equal("finished", json["status"]!.GetValue<string>());
        Assert.Equal((2, 2), (json["epochs"]!.GetValue<int>(), json["best_epoch"]!.GetValue<int>()));
        Assert.True(json["seconds"]!.GetValue<double>() > 0);
        foreach (string split in (string[])["val", "test"])
        {
            Assert.InRange(json[split]!["loss"]!.GetValue<double>(), 0.0, 5.0);
            Assert.InRange(json[split]!["accuracy"]!.GetValue<double>(), 0.0, 1.0);
        }
    }

    [Fact]
    public void The_record_has_the_same_values_as_the_output()
    {
        JsonNode json = _project.Train("--json").Ends(0).Json;
        JsonNode record = Read("run.json");
        Assert.Equal("finished", record["status"]!.GetValue<string>());
        foreach (string key in (string[])["epochs", "best_epoch", "val", "test", "weights_digest", "seconds"])
        {
            Assert.True(JsonNode.DeepEquals(record[key], json[key]), $"{key}: {record[key]} in run.json, {json[key]} on standard output");
        }
    }

    [Fact]
    public void A_run_ends_with_the_best_weights_and_their_digest()
    {
        // No loss improves on the first one by this much: the first epoch is the best on any machine, and the last weights are not.
        JsonNode json = _project.Train("--json", "early_stopping.min_delta=1e6", "trainer.epochs=8", "early_stopping.patience=2").Ends(0).Json;
        Assert.Equal("stopped_early", json["status"]!.GetValue<string>());
        Assert.Equal((1, 3), (json["best_epoch"]!.GetValue<int>(), json["epochs"]!.GetValue<int>()));

        JsonNode index = Read("checkpoints/index.json");
        string best = index["best"]!.GetValue<string>();
        Assert.Equal($"epoch-{json["best_epoch"]!.GetValue<int>():0000}", best);
        Assert.NotEqual(best, index["last"]!.GetValue<string>());
        JsonNode entry = index["checkpoints"]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == best)!;
        Assert.Equal(entry["weights_digest"]!.GetValue<string>(), json["weights_digest"]!.GetValue<string>());

        JsonNode validated = Metrics().Single(m => m["split"]!.GetValue<string>() == "val" && m["epoch"]!.GetValue<int>() == json["best_epoch"]!.GetValue<int>());
        Assert.Equal(validated["loss"]!.GetValue<double>(), json["val"]!["loss"]!.GetValue<double>());
    }

    [Fact]
    public void The_run_folder_has_every_file()
    {
        _project.Train("--quiet").Ends(0);
        string[] files = [.. Directory.EnumerateFiles(_project.Run).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.Equal([".lock", "config.yaml"], files[..2]);
        Assert.StartsWith("events.out.tfevents.", files[2], StringComparison.Ordinal);
        Assert.Equal(["findings.json", "metrics.jsonl", "report.html", "run.json", "steps.f32", "train.log"], files[3..]);
        Assert.EndsWith("_mnist-mlp", _project.Run, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_project.Run, "checkpoints", "epoch-0002", "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(_project.Run, "checkpoints", "epoch-0002", "training.safetensors")));
        Assert.Equal(
            ["1 train", "1 val", "2 train", "2 val", "2 test"],
            Metrics().Select(m => $"{m["epoch"]} {m["split"]}"));
    }

    [Fact]
    public void The_log_has_the_config_the_architecture_and_the_epochs_in_this_order()
    {
        _project.Train("--quiet", "model.hidden=37").Ends(0);
        string log = File.ReadAllText(Path.Combine(_project.Run, "train.log"));
        string config = File.ReadAllText(Path.Combine(_project.Run, "config.yaml")).TrimEnd();
        int[] places =
        [
            log.IndexOf(config, StringComparison.Ordinal),
            log.IndexOf("architecture", StringComparison.Ordinal),
            log.IndexOf("fc1", StringComparison.Ordinal),
            log.IndexOf("epoch 1, step 4, train:", StringComparison.Ordinal),
            log.IndexOf("epoch 1, step 4, val:", StringComparison.Ordinal),
            log.IndexOf("epoch 2, step 8, val:", StringComparison.Ordinal),
            log.IndexOf("epoch 2, step 8, test:", StringComparison.Ordinal),
        ];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void Quiet_prints_nothing()
    {
        CommandOutput output = _project.Train("--quiet").Ends(0);
        Assert.Empty(output.Out);
        Assert.Empty(output.Error);
    }

    [Fact]
    public void Piped_output_has_plain_whole_lines()
    {
        // The name is longer than a terminal is wide; a wrapped name could not be copied.
        string name = new('n', 100);
        CommandOutput output = _project.DoAsProcess("train", "trainer.epochs=2", $"name={name}").Ends(0);
        Assert.Empty(output.Error);
        Assert.DoesNotContain('\u001b', output.Out);
        Assert.DoesNotContain('\r', output.Out);
        Assert.Equal($"run       {Path.GetRelativePath(_project.Folder.FullPath, _project.Run)}", output.Lines[4]);
        Assert.EndsWith(name, output.Lines[4], StringComparison.Ordinal);
        Assert.Matches(@"^      1/2  +\d\.\d{4}  +\d\.\d{4}  +\d+\.\d\d %  +\d+\.\d s  best$", output.Lines[7]);
        Assert.Equal("Finished after epoch 2, step 8: all epochs completed.", output.Lines[10]);
        Assert.Contains(output.Lines, l => l.EndsWith($"{name}/checkpoints", StringComparison.Ordinal));
    }

    [Fact]
    public void Print_config_shows_the_source_of_each_value_and_does_not_train()
    {
        CommandOutput text = _project.Train("--print-config", "model.hidden=37", "experiment=course_sgd").Ends(0);
        string[] Words(string key) => text.Lines.Single(l => l.StartsWith(key + " ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("37", Words("model.hidden")[1]);
        Assert.Equal("model.hidden=37", Words("model.hidden")[^1]);
        Assert.Equal("sgd", Words("optimizer.name")[1]);
        Assert.EndsWith("experiment/course_sgd.yaml", Words("optimizer.lr")[^1].Split('(')[0], StringComparison.Ordinal);

        JsonNode json = _project.Train("--print-config", "--json", "model.hidden=37").Ends(0).Json;
        Assert.Equal(37, json["model"]!["hidden"]!.GetValue<int>());
        Assert.Equal(2, json["trainer"]!["epochs"]!.GetValue<int>());
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Theory]
    [InlineData("trainer.limit_train_batches=2", 4, 2)]
    [InlineData("trainer.max_steps=3", 3, 1)]
    [InlineData("trainer.accumulate=3", 4, 2)]
    [InlineData("data.limit=100", 4, 2)]
    [InlineData("early_stopping=none", 8, 2)]
    public void Every_step_is_recorded(string key, int steps, int epochs)
    {
        JsonNode json = _project.Train("--json", key).Ends(0).Json;
        Assert.Equal(steps * sizeof(float), new FileInfo(Path.Combine(_project.Run, "steps.f32")).Length);
        Assert.Equal(epochs, json["epochs"]!.GetValue<int>());
        Assert.Equal(steps, Read("run.json")["steps"]!.GetValue<int>());
    }

    [Fact]
    public void The_config_of_a_run_reproduces_the_run()
    {
        JsonNode first = _project.Train("--json", "model.hidden=37", "optimizer=sgd", "optimizer.momentum=0.9", "seed=7").Ends(0).Json;
        string run = first["run"]!.GetValue<string>();
        JsonNode second = _project.Do("train", "--config", Path.Combine(run, "config.yaml"), "--json").Ends(0).Json;
        string again = second["run"]!.GetValue<string>();
        Assert.NotEqual(run, again);
        Assert.Equal(first["weights_digest"]!.GetValue<string>(), second["weights_digest"]!.GetValue<string>());
        foreach (string file in (string[])["steps.f32", "config.yaml"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(run, file)), File.ReadAllBytes(Path.Combine(again, file)));
        }
    }

    public void Dispose() => _project.Dispose();

    private JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(_project.Run, file)))!;

    private JsonNode[] Metrics() => [.. File.ReadAllLines(Path.Combine(_project.Run, "metrics.jsonl")).Select(l => JsonNode.Parse(l)!)];
}
