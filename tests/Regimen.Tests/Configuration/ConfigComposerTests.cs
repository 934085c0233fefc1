using CsCheck;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Training;

namespace Regimen.Tests.Configuration;

public sealed class ConfigComposerTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    [Fact]
    public void Without_arguments_the_default_run_is_composed()
    {
        RunConfig config = _configs.Compose().Config;

        Assert.Equal(
            new RunConfig
            {
                Seed = 42,
                Threads = null,
                Device = DeviceKind.Cpu,
                Name = null,
                Runs = "runs",
                Model = new("mlp", new MlpOptions { Hidden = [128] }),
                Data = new("mnist", new Mnist.Options { Root = "data/mnist", ValidationFraction = 0.2, Limit = null, Mean = 0.1307, Std = 0.3081 }),
                Loader = new LoaderOptions { BatchSize = 64, Shuffle = true, DropLast = false, EvalBatchSize = 1000, Workers = 1 },
                Objective = new("cross_entropy", new CrossEntropy()),
                Optimizer = new("adamw", new AdamW { Lr = 0.001, Betas = [0.9, 0.999], Eps = 1e-8, WeightDecay = 0.01 }),
                Schedule = new("constant", new ConstantSchedule()),
                Trainer = new TrainOptions { Epochs = 20, MaxSteps = null, ValidateEverySteps = null, ClipNorm = null, Accumulate = 1, LimitTrainBatches = null },
                EarlyStopping = new EarlyStoppingOptions { Monitor = "val.loss", Mode = null, Patience = 3, MinDelta = 0, RestoreBest = true },
                Checkpoint = new CheckpointOptions { Keep = 1, EverySteps = null },
            },
            config);
        Assert.Equal("mnist-mlp", config.RunName);
    }

    [Fact]
    public void The_experiment_course_sgd_is_shipped()
    {
        RunConfig config = _configs.Compose("experiment=course_sgd").Config;

        Assert.Equal(new("sgd", new Sgd { Lr = 0.001, Momentum = 0, WeightDecay = 0 }), config.Optimizer);
        Assert.Equal(new Mnist.Options { Mean = 0.5, Std = 0.5 }, config.Data.Options);
        Assert.Equal((64, 1000, 5), (config.Loader.BatchSize, config.Loader.EvalBatchSize, config.Trainer.Epochs));
        Assert.Null(config.EarlyStopping);
    }

    [Fact]
    public void The_debug_configs_are_shipped()
    {
        TrainOptions fast = _configs.Compose("debug=fast").Config.Trainer;
        RunConfig overfit = _configs.Compose("debug=overfit", "model=cnn").Config;

        Assert.Equal((1, 2), (fast.Epochs, fast.LimitTrainBatches));
        Assert.Equal((1, false), (overfit.Trainer.LimitTrainBatches, overfit.Loader.Shuffle));
        Assert.Null(overfit.EarlyStopping);
        Assert.Equal("mnist-cnn", overfit.RunName);
    }

    [Fact]
    public void Every_shipped_choice_composes()
    {
        foreach (string file in Directory.EnumerateFiles(ConfigFixture.Shipped, "*.yaml", SearchOption.AllDirectories))
        {
            string group = Path.GetFileName(Path.GetDirectoryName(file)!);
            if (group != "configs")
            {
                string choice = $"{group}={Path.GetFileNameWithoutExtension(file)}";
                Assert.NotNull(_configs.Compose([choice, .. MustBeSet(choice)]));
            }
        }
    }

    /// <summary>The required keys of a choice.</summary>
    private static string[] MustBeSet(string choice) => choice switch
    {
        "data=csv" => ["data.path=table.csv", "data.target=[kind]"],
        "data=parquet" => ["data.path=table.parquet", "data.target=[kind]"],
        "data=webdataset" => ["data.path=shards"],
        "data=parquet_images" => ["data.path=images.parquet"],
        "data=sql" => ["data.connection=duckdb:", "data.query=select * from 'table.csv'", "data.order=[id]", "data.target=[kind]"],
        _ => [],
    };

    [Fact]
    public void A_later_layer_overrides_an_earlier_one()
    {
        _configs.WithDefaults(t => t.Replace("trainer: default", "trainer:\n  epochs: 1"))
            .With("configs/experiment/e.yaml", "trainer: {epochs: 2}")
            .With("configs/debug/d.yaml", "trainer: {epochs: 3}")
            .With("mine.yaml", "trainer: {epochs: 4}")
            .With("configs/trainer/five.yaml", "epochs: 5");

        Assert.Equal(1, Epochs(null));
        Assert.Equal(2, Epochs(null, "experiment=e"));
        Assert.Equal(3, Epochs(null, "debug=d", "experiment=e"));
        Assert.Equal(4, Epochs("mine.yaml", "experiment=e", "debug=d"));
        Assert.Equal(5, Epochs("mine.yaml", "trainer=five", "experiment=e", "debug=d"));
        Assert.Equal(6, Epochs("mine.yaml", "trainer.epochs=6", "trainer=five", "debug=d"));
        Assert.Equal(8, Epochs(null, "trainer.epochs=7", "trainer.epochs=8"));

        int Epochs(string? file, params string[] arguments) => _configs.ComposeWith(file, arguments).Config.Trainer.Epochs;
    }

    [Fact]
    public void Another_name_discards_the_keys_of_the_previous_one()
    {
        _configs.WithDefaults()
            .With("configs/optimizer/sgd.yaml", "lr: 0.1\nmomentum: 0.9")
            .With("configs/experiment/named.yaml", "optimizer:\n  name: sgd\n  momentum: 0.5")
            .With("configs/experiment/chosen.yaml", "optimizer: sgd")
            .With("configs/experiment/keys.yaml", "optimizer:\n  eps: 0.25\n  lr: 0.5");

        Assert.Equal(new Sgd { Momentum = 0.5 }, _configs.Compose("experiment=named").Config.Optimizer.Options);
        Assert.Equal(new Sgd { Lr = 0.1, Momentum = 0.9 }, _configs.Compose("experiment=chosen").Config.Optimizer.Options);
        Assert.Equal(new AdamW { Lr = 0.5, Eps = 0.25 }, _configs.Compose("experiment=keys").Config.Optimizer.Options);
        Assert.Equal(new Adam { Lr = 0.001 }, _configs.Compose("experiment=keys", "optimizer=adam").Config.Optimizer.Options);
        Assert.Equal(new Adam { Lr = 0.001 }, _configs.Compose("experiment=keys", "optimizer.name=adam").Config.Optimizer.Options);

        // Choosing the same name again keeps keys that its file does not set.
        _configs.With("configs/optimizer/adamw.yaml", "lr: 0.001");
        Assert.Equal(new AdamW { Lr = 0.001, Eps = 0.25 }, _configs.Compose("experiment=keys", "optimizer=adamw").Config.Optimizer.Options);
    }

    [Fact]
    public void A_choice_may_have_another_name_than_its_component()
    {
        _configs.WithDefaults().With("configs/model/small.yaml", "name: mlp\nhidden: 8").With("configs/model/mlp.yaml", "hidden: 100");

        RunConfig small = _configs.Compose("model=small").Config;

        Assert.Equal(new("mlp", new MlpOptions { Hidden = [8] }), small.Model);
        Assert.Equal(new MlpOptions { Hidden = [9] }, _configs.Compose("model=small", "model.hidden=9").Config.Model.Options);
        Assert.Equal(new MlpOptions { Hidden = [100] }, _configs.Compose().Config.Model.Options);
    }

    [Fact]
    public void A_choice_without_a_file_has_the_catalog_defaults()
    {
        RunConfig config = _configs.WithDefaults().Compose("model=fake_model", "data=fake_data", "data.path=there").Config;

        Assert.Equal(new Regimen.Tests.Catalog.FakeModel.Options(), config.Model.Options);
        Assert.Equal(new Regimen.Tests.Catalog.FakeDatasets.Options("there"), config.Data.Options);
    }

    [Fact]
    public void A_missing_file_is_replaced_by_the_shipped_one()
    {
        _configs.WithDefaults().With("configs/model/mlp.yaml", "hidden: 9");

        IReadOnlyList<ConfigValue> values = _configs.Compose("experiment=course_sgd").Values;

        Assert.Equal("configs/model/mlp.yaml(1,9)", Source(values, "model.hidden"));
        Assert.Equal($"{ConfigFixture.Shipped.Replace('\\', '/')}/experiment/course_sgd.yaml(11,7)", Source(values, "optimizer.lr"));
    }

    [Fact]
    public void Configs_in_the_working_directory_need_no_train_yaml()
    {
        _configs.With("configs/experiment/mine.yaml", "seed: 7\nmodel: small").With("configs/model/small.yaml", "name: mlp\nhidden: 4");

        ComposedConfig composed = _configs.Compose("experiment=mine");

        Assert.Equal((7ul, new MlpOptions { Hidden = [4] }), (composed.Config.Seed, composed.Config.Model.Options));
        Assert.Equal("configs/model/small.yaml(2,9)", Source(composed.Values, "model.hidden"));
        Assert.Equal(
            $"Looked in configs/ and {ConfigFixture.Shipped.Replace('\\', '/')}/.", Assert.Single(_configs.Problems("experiment=never_heard_of")).Hint);
    }

    [Fact]
    public void Independent_overrides_give_the_same_config_in_any_order()
    {
        string[] overrides =
        [
            "model=cnn", "model.dropout1=0.1", "optimizer=sgd", "optimizer.lr=0.5", "optimizer.weight_decay=0.25", "seed=7", "debug=fast",
            "early_stopping.patience=9", "data.root=${runs}/data", "runs=elsewhere", "transforms.train=[horizontal_flip]", "loader.batch_size=${seed}",
        ];
        Gen.Select(Gen.Shuffle(overrides), Gen.Int[0, overrides.Length]).Sample(
            (shuffled, count) =>
            {
                string[] some = shuffled[..count];
                string[] inOrder = [.. overrides.Where(some.Contains)];
                bool isAlone = some.Contains("model.dropout1=0.1") && !some.Contains("model=cnn");
                return isAlone || _configs.Compose(some).Config == _configs.Compose(inOrder).Config;
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void Early_stopping_can_be_disabled_and_enabled()
    {
        _configs.With("on.yaml", "early_stopping:\n  patience: 9").With("off.yaml", "early_stopping: ~");

        Assert.Null(_configs.Compose("early_stopping=none").Config.EarlyStopping);
        Assert.Null(_configs.Compose("early_stopping=null").Config.EarlyStopping);
        Assert.Null(_configs.ComposeWith("off.yaml").Config.EarlyStopping);
        Assert.Equal(new EarlyStoppingOptions { Patience = 9 }, _configs.ComposeWith("on.yaml", "experiment=course_sgd").Config.EarlyStopping);
        Assert.Equal(new EarlyStoppingOptions(), _configs.Compose("experiment=course_sgd", "early_stopping=default").Config.EarlyStopping);
    }

    [Fact]
    public void Values_are_parsed_by_the_type_of_their_key()
    {
        _configs.With("values.yaml", """
            name: no
            optimizer:
              name: fake_optimizer
              lr: 1e-3
              count: +9
              big: -9223372036854775808
              huge: 18446744073709551615
              single: 0.25
              flag: true
              mode: slow
              maybe_mode: very_fast
              text: 0x10
              maybe_text: "null"
              short: 'no'
              maybe_rate: .5
              sizes: [3, 4, 5]
              words:
                - ~x
                - "2"
              flags: [true, false]
              t_max: 20
              block:
                inner: {slope: 2}
            """);

        var options = (FakeOptimizer)_configs.ComposeWith("values.yaml").Config.Optimizer.Options;

        Assert.Equal((1e-3, 9, long.MinValue, ulong.MaxValue, 0.25f), (options.Lr, options.Count, options.Big, options.Huge, options.Single));
        Assert.Equal((true, FakeMode.Slow, FakeMode.VeryFast, 0.5), (options.Flag, options.Mode, options.MaybeMode, options.MaybeRate));
        Assert.Equal(("0x10", "null", "no", 20), (options.Text, options.MaybeText, options.Short, options.TMax));
        Assert.Equal([3, 4, 5], options.Sizes);
        Assert.Equal(["~x", "2"], options.Words);
        Assert.Equal([true, false], options.Flags);
        Assert.Equal((5, 2), (options.Block.Width, options.Block.Inner.Slope));
        Assert.Equal(0.5, FakeBlock.Usual.Inner.Slope);
        Assert.Equal("no", _configs.ComposeWith("values.yaml").Config.Name);
    }

    [Fact]
    public void Values_on_the_command_line_are_taken_literally()
    {
        RunConfig config = _configs.Compose(
            "optimizer=fake_optimizer", "optimizer.text=a: b # c = 'd'", "optimizer.maybe_text=null", "optimizer.sizes=[ 7 ]",
            "optimizer.words=['a', \"b\"]", "optimizer.short=\"~\\u00e9\"", "optimizer.block.inner.slope=3", "threads=~", "name=x", "name=null").Config;

        var options = (FakeOptimizer)config.Optimizer.Options;
        Assert.Equal(("a: b # c = 'd'", null, "~é", 3), (options.Text, options.MaybeText, options.Short, options.Block.Inner.Slope));
        Assert.Equal([7], options.Sizes);
        Assert.Equal(["a", "b"], options.Words);
        Assert.Null(config.Name);
    }

    [Fact]
    public void Each_value_has_its_source()
    {
        _configs.WithDefaults().With("mine.yaml", "\n\ntrainer: {epochs: 7}\n");

        IReadOnlyList<ConfigValue> values = _configs.ComposeWith("mine.yaml", "optimizer=fake_optimizer", "optimizer.lr=0.5", "early_stopping=none").Values;

        Assert.Equal(new ConfigValue("seed", "42", "configs/train.yaml(6,7)"), values[0]);
        Assert.Equal("mine.yaml(3,19)", Source(values, "trainer.epochs"));
        Assert.Equal("optimizer.lr=0.5", Source(values, "optimizer.lr"));
        Assert.Equal("optimizer=fake_optimizer", Source(values, "optimizer.name"));
        Assert.Equal("default", Source(values, "optimizer.block.width"));
        Assert.Equal("early_stopping=none", Source(values, "early_stopping"));
        Assert.Equal("[1, 2]", values.Single(v => v.Key == "optimizer.sizes").Text);
        Assert.Equal("5", values.Single(v => v.Key == "optimizer.block.width").Text);
        Assert.Equal(["seed", "threads", "device", "name", "runs", "record_code", "report", "stop_signals", "freeze", "metrics", "observers", "otlp", "model.name", "model.hidden", "model.activation", "model.dropout", "model.norm", "init.from", "init.strict", "init.skip", "init.rename", "init.digest", "data.name"], values.Take(23).Select(v => v.Key));
    }

    [Fact]
    public void The_trainer_options_include_values_of_other_groups()
    {
        TrainOptions options = _configs.Compose("seed=7", "early_stopping.patience=9", "trainer.epochs=2").Config.ToTrainOptions();

        Assert.Equal(new TrainOptions { Seed = 7, Epochs = 2, EarlyStopping = new() { Patience = 9 }, Schedule = new ConstantSchedule() }, options);
    }

    private static string Source(IReadOnlyList<ConfigValue> values, string key) => values.Single(v => v.Key == key).Source;
}
