using System.Text.Json.Nodes;
using CsCheck;
using Regimen.Configuration;
using Regimen.Optimization;

namespace Regimen.Tests.Configuration;

public sealed class RunConfigTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    [Fact]
    public void A_runs_config_has_the_expected_text()
        => Assert.Equal(
            """
            # Every value of a run: `regimen train --config THIS_FILE` is the same run.
            seed: 42
            threads: 2
            device: cpu
            name: null
            runs: runs
            record_code: false
            report: true
            stop_signals: []
            freeze: []
            metrics: []
            observers: []
            otlp: null

            model:
              name: mlp
              hidden: 128
              activation: relu
              dropout: 0
              norm: none

            init:
              from: null
              strict: true
              skip: []
              rename: {}
              digest: null

            data:
              name: mnist
              root: data/mnist
              download: false
              url: "https://ossci-datasets.s3.amazonaws.com/mnist/"
              validation_fraction: 0.2
              stratify: true
              groups: null
              folds: null
              fold: 1
              repeat: 1
              limit: null
              mean: 0.1307
              std: 0.3081

            transforms:
              train: []
              eval: []

            loader:
              batch_size: 64
              global_batch_size: null
              shuffle: true
              sampler: null
              class_weights: null
              repeats: null
              drop_last: false
              mixup: 0
              cutmix: 0
              mix_fraction: null
              eval_batch_size: 1000
              workers: 1
              prefetch: null
              channels_last: null

            objective:
              name: cross_entropy
              label_smoothing: 0
              ignore_index: null
              class_weights: null

            optimizer:
              name: adamw
              lr: 0.001
              weight_decay: 0.01
              exclude_bias_and_norm: false
              rules: []
              betas: [0.9, 0.999]
              eps: 1.0e-08

            schedule:
              name: constant
              warmup_steps: 0
              warmup_start_factor: null

            average: none

            trainer:
              epochs: 20
              max_steps: null
              max_minutes: null
              validate_every_steps: null
              clip_norm: null
              accumulate: 1
              limit_train_batches: null
              precision: fp32
              bits: machine
              sync_batch_norm: false

            early_stopping: none

            checkpoint:
              keep: 1
              every_steps: null
              every_minutes: null

            tensorboard:
              histograms: null

            """,
            (_configs.Compose("early_stopping=none").Config with { Threads = 2 }).ToYaml(),
            ignoreLineEndingDifferences: true);

    [Fact]
    public void Nested_records_are_written_as_nested_mappings()
        => Assert.Contains(
            "  t_max: 10\n  block:\n    width: 5\n    inner:\n      slope: 0.5\n", _configs.Compose("optimizer=fake_optimizer").Config.ToYaml(), StringComparison.Ordinal);

    [Fact]
    public void Yaml_round_trips()
        => ConfigGen.Config.Sample(config => RunConfig.FromYaml(ConfigFixture.Catalog, config.ToYaml()) == config, iter: 300, threads: 1);

    [Fact]
    public void Json_round_trips()
        => ConfigGen.Config.Sample(
            config => RunConfig.FromJson(ConfigFixture.Catalog, (JsonObject)JsonNode.Parse(config.ToJson().ToJsonString())!, "a model") == config,
            iter: 300,
            threads: 1);

    [Fact]
    public void A_recorded_config_gives_the_same_run_with_any_defaults()
    {
        _configs.WithDefaults(t => t.Replace("early_stopping: default", "early_stopping: none", StringComparison.Ordinal).Replace("optimizer: adamw", "optimizer: fake_optimizer", StringComparison.Ordinal))
            .With("configs/trainer/default.yaml", "clip_norm: 7");

        ConfigGen.Config.Sample(
            config =>
            {
                _configs.With("run.yaml", config.ToYaml());
                Assert.Equal(config, _configs.ComposeWith("run.yaml").Config);
                Assert.Equal(config, RunConfig.FromYamlFile(ConfigFixture.Catalog, Path.Combine(_configs.Folder, "run.yaml")));
            },
            iter: 50,
            threads: 1);
    }

    [Fact]
    public void Configs_are_equal_if_all_values_are_equal()
    {
        RunConfig config = _configs.Compose("optimizer=fake_optimizer").Config;

        Assert.Equal(config, _configs.Compose("optimizer=fake_optimizer").Config);
        Assert.NotEqual(config, _configs.Compose("optimizer=fake_optimizer", "optimizer.sizes=[1,3]").Config);
        Assert.NotEqual(config, _configs.Compose("optimizer=fake_optimizer", "optimizer.block.inner.slope=1").Config);
        Assert.NotEqual(config.Model, config.Model with { Name = "another_name_of_it" });
        Assert.NotEqual(config.Optimizer, new Component<OptimizerOptions>("adamw", new AdamW()));
    }

    [Fact]
    public void A_self_contained_config_reports_missing_groups()
    {
        var exception = Assert.Throws<RequestException>(() => RunConfig.FromYaml(ConfigFixture.Catalog, "model: mlp\ndata: mnist\nobjective: {name: cross_entropy}", "run/config.yaml"));

        Assert.Equal(["run/config.yaml: No optimizer is chosen", "run/config.yaml: No schedule is chosen"], exception.Problems.Select(p => p.ToString().Split('\n')[0]));
        Assert.Equal("nothing.yaml: The config is empty", Assert.Throws<RequestException>(() => RunConfig.FromYaml(ConfigFixture.Catalog, "# nothing", "nothing.yaml")).Message);
    }

    [Fact]
    public void Invalid_json_is_rejected_with_its_source()
    {
        JsonObject json = _configs.Compose().Config.ToJson();
        json["model"]!["hidden"] = "128";
        json["seed"] = 1.5;
        json["early_stopping"] = true;

        var exception = Assert.Throws<RequestException>(() => RunConfig.FromJson(ConfigFixture.Catalog, json, "model.safetensors"));

        Assert.Equal(
            ["Wrong value for `seed`", "Wrong value for `model.hidden`", "Unknown early_stopping `true`"],
            exception.Problems.Select(p => p.Message));
        Assert.All(exception.Problems, p => Assert.Equal("model.safetensors", p.Where));
    }

    /// <summary>A config with random changes is accepted or rejected with problems. No other exception is thrown.</summary>
    [Fact]
    public void A_mutated_config_is_accepted_or_rejected_with_problems()
    {
        string text = _configs.Compose("optimizer=fake_optimizer").Config.ToYaml();
        Gen<string> noise = Gen.OneOf(
            Gen.OneOf("\t", "\n", " ", ":", "- ", "[", "]", "{", "}", "'", "\"", "|", ">", "#", "&a ", "*a", "!!x ", "---\n", "...\n", "%", "? ", "\0", ",", "<<: ", "\r", "\u0085", "\ud800", "${"),
            Gen.String[0, 8]);
        Gen.Select(Gen.Int[0, text.Length], Gen.Int[0, 40], noise, Gen.Int[0, text.Length], noise).Sample(
            (at, cut, put, at2, put2) =>
            {
                string changed = text.Remove(at, Math.Min(cut, text.Length - at)).Insert(at, put);
                changed = changed.Insert(Math.Min(at2, changed.Length), put2);
                try
                {
                    RunConfig.FromYaml(ConfigFixture.Catalog, changed);
                }
                catch (RequestException exception)
                {
                    Assert.NotEmpty(exception.Problems);
                    Assert.All(exception.Problems, p => Assert.False(string.IsNullOrWhiteSpace(p.Where)));
                }
            },
            iter: 1000,
            threads: 1);
    }
}
