using System.Text.Json.Nodes;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.FineTuning;

/// <summary>Runs of the command that start from other weights: what they record, and that they are verified, resumed and repeated.</summary>
public sealed class FineTunedRunTests : IDisposable
{
    private static readonly string[] Config = ["early_stopping=none", "loader.batch_size=37", "data.limit=180"];
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_run_records_what_it_came_from_and_is_verified_without_it()
    {
        string source = Train("model.hidden=24");
        string run = Train("model.hidden=24", "seed=7", $"init.from={Path.GetFileName(source)}", "init.skip=[fc2]", "freeze=[fc1.weight]", "optimizer.rules=[{match: fc2, lr_scale: 3}]");
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;
        JsonNode init = manifest["init"]!;
        Assert.Equal($"runs/{Path.GetFileName(source)}", (string?)init["from"]);
        Assert.Equal((string?)JsonNode.Parse(File.ReadAllText(Path.Combine(source, "run.json")))!["weights_digest"], (string?)init["digest"]);
        Assert.Equal((2, "[\"fc2.weight\",\"fc2.bias\"]", 0), ((int)init["loaded"]!, init["fresh"]!.ToJsonString(), (int)init["unused"]!));
        Assert.Equal(["fc1.bias", "fc1.weight"], SafetensorsFile.Read(Path.Combine(run, "init.safetensors")).Entries.Select(e => e.Name).Order(StringComparer.Ordinal));

        Directory.Delete(source, recursive: true);
        JsonNode verified = _project.Do("verify", run, "--json").Ends(0).Json;
        Assert.True((bool)verified["identical"]!, verified.ToJsonString());
        _project.Do("evaluate", run).Ends(0);

        // The frozen weights are those of the copy, the others are not.
        SafetensorsFile copy = SafetensorsFile.Read(Path.Combine(run, "init.safetensors"));
        SafetensorsFile end = SafetensorsFile.Read(Directory.GetFiles(run, "model.safetensors", SearchOption.AllDirectories)[0]);
        Assert.True(copy.Values(copy.Entry("fc1.weight")).SequenceEqual(end.Values(end.Entry("fc1.weight"))));
        Assert.False(copy.Values(copy.Entry("fc1.bias")).SequenceEqual(end.Values(end.Entry("fc1.bias"))));
    }

    [Fact]
    public void A_damaged_or_missing_copy_and_an_edited_record_are_found()
    {
        string source = Train();
        string run = Train($"init.from={source}");
        string copy = Path.Combine(run, "init.safetensors");
        byte[] bytes = File.ReadAllBytes(copy);
        bytes[^1] ^= 1;
        File.WriteAllBytes(copy, bytes);
        Assert.Contains("copy of its initial weights is damaged", _project.Do("verify", run).Ends(2).Error, StringComparison.Ordinal);
        File.Delete(copy);
        Assert.Contains("init.safetensors", _project.Do("verify", run).Ends(2).Error, StringComparison.Ordinal);
        bytes[^1] ^= 1;
        File.WriteAllBytes(copy, bytes);
        _project.Do("verify", run).Ends(0);

        string manifest = Path.Combine(run, "run.json");
        string text = File.ReadAllText(manifest);
        File.WriteAllText(manifest, text.Replace("\"loaded\": 4", "\"loaded\": 3", StringComparison.Ordinal));
        Assert.Contains("init loaded differs", _project.Do("verify", run).Ends(1).Out, StringComparison.Ordinal);
        File.WriteAllText(manifest, text.Replace("\"fresh\": []", "\"fresh\": [\"fc2.bias\"]", StringComparison.Ordinal));
        Assert.Contains("init fresh differs", _project.Do("verify", run).Ends(1).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_recorded_config_means_the_same_weights()
    {
        string source = Train();
        string run = Train("init.from=latest", "seed=9");
        Assert.Contains($"from: runs/{Path.GetFileName(source)}", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
        string again = Path.GetFullPath((string)_project.Do("train", "--config", Path.Combine(run, "config.yaml"), "--json").Ends(0).Json["run"]!);
        Assert.Equal(Digest(run), Digest(again));

        // Trained further, the source has other weights.
        _project.Do("resume", source, "trainer.epochs=4").Ends(0);
        CommandOutput refused = _project.Do("train", "--config", Path.Combine(run, "config.yaml")).Ends(2);
        Assert.Contains("The initial weights are not the ones that the config names", refused.Error, StringComparison.Ordinal);
        _project.Do("verify", run).Ends(0);
    }

    [Fact]
    public void A_stopped_run_resumes_to_the_same_bits()
    {
        using var runs = new TinyExperiment();
        string source = runs.Train([.. TinyExperiment.TwelveSteps, "model=cnn"]);
        string[] config = [.. TinyExperiment.TwelveSteps, "model=cnn", "seed=3", $"init.from={source}", "init.skip=[fc2]", "freeze=[conv1, {match: conv2, until_epoch: 3}]"];
        RunBits whole = RunBits.Of(runs.Train(config));
        string run = runs.TrainUntil(4, config);
        runs.ResumeUntil(run, 7);
        runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));

        // Broken off before its first checkpoint, it begins again from its own copy.
        string early = runs.Train(config, e => _ = e is TrainEvent.StepTaken ? throw new BreakOffException() : 0);
        Directory.Delete(source, recursive: true);
        runs.Resume(early);
        Assert.Equal(whole.Digest, RunBits.Of(early).Digest);
    }

    [Theory]
    [InlineData("init.from=nothing", "There is no run and no file 'nothing'")]
    [InlineData("init.from=latest", "There is no run yet")]
    [InlineData("init.strict=false", "The keys of `init` have no effect without a source")]
    [InlineData("init.skip=[fc1.*]", "The keys of `init` have no effect without a source")]
    [InlineData("init.rename={a: b}", "The keys of `init` have no effect without a source")]
    [InlineData("init.rename={a: [b]}", "Wrong value for `init.rename` at `a`")]
    [InlineData("init.rename=a", "Wrong value for `init.rename`")]
    [InlineData("freeze=fc1", "Write a list as [fc1]")]
    [InlineData("freeze=[{until_epoch: 3}]", "`freeze[0].match` must be set")]
    [InlineData("freeze=[{match: fc1, until_epoch: 1}]", "a whole number from 2 to 1000000")]
    [InlineData("freeze=[{match: fc1, untill: 3}]", "Unknown key `untill`")]
    [InlineData("freeze=[*.bias]", "\"*.bias\"")]
    [InlineData("optimizer.rules=[fc1, {match: fc9, lr_scale: x}]", "optimizer.rules[1].lr_scale")]
    public void A_wrong_key_is_refused_before_anything_is_written(string argument, string message)
    {
        CommandOutput output = _project.Train(argument).Ends(2);
        Assert.Contains(message, output.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    public void Dispose() => _project.Dispose();

    private string Train(params string[] args) => (string)_project.Train([.. Config, .. args, "--json"]).Ends(0).Json["run"]!;

    private static string Digest(string run) => (string)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["weights_digest"]!;
}
