using System.Text.Json.Nodes;
using Regimen.Configuration;
using Regimen.Experiments;

namespace Regimen.Tests.Configuration;

/// <summary>Keys added after a run was recorded.</summary>
public sealed class RecordedKeysTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    [Fact]
    public void A_recorded_config_without_a_newer_key_keeps_the_earlier_behaviour()
    {
        string recorded = Without("added", _configs.Compose("optimizer=fake_optimizer").Config.ToYaml());
        _configs.With("run.yaml", recorded);

        Assert.Equal("old", Added(RunConfig.FromYaml(ConfigFixture.Catalog, recorded)));
        Assert.Equal("old", Added(_configs.ComposeWith("run.yaml").Config));
    }

    [Fact]
    public void A_recorded_config_with_the_key_keeps_its_value()
    {
        string recorded = _configs.Compose("optimizer=fake_optimizer", "optimizer.added=mine").Config.ToYaml();

        Assert.Equal("mine", Added(RunConfig.FromYaml(ConfigFixture.Catalog, recorded)));
    }

    [Fact]
    public void An_argument_overrides_a_newer_key_of_a_recorded_config()
    {
        _configs.With("run.yaml", Without("added", _configs.Compose("optimizer=fake_optimizer").Config.ToYaml()));

        Assert.Equal("mine", Added(_configs.ComposeWith("run.yaml", "optimizer.added=mine").Config));
        Assert.Equal("new", Added(_configs.ComposeWith("run.yaml", "optimizer=adamw", "optimizer=fake_optimizer").Config));
    }

    [Fact]
    public void A_config_written_by_hand_gets_the_default()
    {
        _configs.With("mine.yaml", "optimizer: {name: fake_optimizer, count: 7}\nseed: 3");

        Assert.Equal("new", Added(_configs.ComposeWith("mine.yaml").Config));
    }

    [Fact]
    public void A_models_metadata_without_a_newer_key_keeps_the_earlier_behaviour()
    {
        JsonObject json = _configs.Compose("optimizer=fake_optimizer").Config.ToJson();
        json["optimizer"]!.AsObject().Remove("added");

        Assert.Equal("old", Added(RunConfig.FromJson(ConfigFixture.Catalog, json, "model.safetensors")));
    }

    [Fact]
    public void A_checkpoint_without_a_newer_key_matches_only_the_earlier_value()
    {
        RunConfig config = _configs.Compose("optimizer=fake_optimizer", "optimizer.added=old").Config;
        JsonObject json = config.ToJson();
        json["optimizer"]!.AsObject().Remove("added");
        json["optimizer"]!.AsObject().Remove("big");
        var metadata = new Dictionary<string, string> { ["regimen.config"] = json.ToJsonString() };

        Assert.Empty(CheckpointConfig.Differences(metadata, config, "epoch-0001"));
        Assert.Equal(
            ["optimizer.big", "optimizer.added"],
            CheckpointConfig.Differences(metadata, _configs.Compose("optimizer=fake_optimizer", "optimizer.big=5").Config, "epoch-0001").Select(d => d.Key));
    }

    private static string Added(RunConfig config) => ((FakeOptimizer)config.Optimizer.Options).Added;

    private static string Without(string key, string yaml)
        => string.Join('\n', yaml.Split('\n').Where(line => !line.TrimStart().StartsWith($"{key}:", StringComparison.Ordinal)));
}
