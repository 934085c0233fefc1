namespace Regimen.Tests.Configuration;

/// <summary>Problems in a file are reported with their location and a suggestion.</summary>
public sealed class ConfigFileProblemsTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    /// <summary>The text of the file, the location, the message, and a part of the hint, or null for no hint.</summary>
    public static TheoryData<string, string, string, string?> Wrong => new()
    {
        // Keys.
        { "optimizr: 1", "(1,1)", "Unknown key `optimizr`", "`optimizer`" },
        { "lr: 3", "(1,1)", "Unknown key `lr`", "`optimizer.lr`" },
        { "learning_rate: 3", "(1,1)", "Unknown key `learning_rate`", "`optimizer.lr`" },
        { "experiment: course_sgd", "(1,1)", "Unknown key `experiment`", "experiment=NAME" },
        { "model.hidden: 3", "(1,1)", "Unknown key `model.hidden`", "below the group" },
        { "<<: {seed: 1}", "(1,1)", "Unknown key `<<`", null },
        { "model:\n  hiden: 3", "(2,3)", "Unknown key `hiden` in model=mlp", "`hidden`" },
        { "model: {hidden: 1, lr: 1}", "(1,20)", "Unknown key `lr` in model=mlp", "`optimizer.lr`" },
        { "loader: {batch-size: 1}", "(1,10)", "Unknown key `batch-size` in loader", "`batch_size`" },
        { "trainer: {seed: 1}", "(1,11)", "Unknown key `seed` in trainer", "`seed`, outside" },
        { "schedule: {t: 1}", "(1,12)", "Unknown key `t` in schedule=constant", null },
        { "optimizer: {learning_rate: 0.1}", "(1,13)", "Unknown key `learning_rate` in optimizer=adamw", "`lr`" },
        { "optimizer: {decay: 0.1}", "(1,13)", "Unknown key `decay` in optimizer=adamw", "`weight_decay`" },
        { "optimizer: {momentum: 0.9}", "(1,13)", "`momentum` belongs to optimizer=muon, optimizer=rmsprop and optimizer=sgd; optimizer is adamw", "optimizer=muon" },
        { "optimizer:\n  name: sgd\n  betas: [0, 0]", "(3,3)", "`betas` belongs to optimizer=adam, optimizer=adamw, optimizer=lamb, optimizer=lion and optimizer=muon; optimizer is sgd", "optimizer=adam," },
        { "optimizer: {name: fake_optimizer, ignored: 1}", "(1,35)", "Unknown key `ignored` in optimizer=fake_optimizer", null },
        { "optimizer: {name: fake_optimizer, computed: 1}", "(1,35)", "Unknown key `computed` in optimizer=fake_optimizer", null },
        { "optimizer: {name: fake_optimizer, block: {inner: {slop: 1}}}", "(1,51)", "Unknown key `block.inner.slop` in optimizer=fake_optimizer", "`block.inner.slope`" },
        { "optimizer: {name: fake_optimizer, block.width: 1}", "(1,35)", "Unknown key `block.width` in optimizer=fake_optimizer", "a separate line" },
        { "optimizer: {name: fake_optimizer, block: 3}", "(1,42)", "Wrong value for `optimizer.block`", null },
        { "seed: 1\nseed: 2", "(2,1)", "Duplicate key `seed`", "(1,1)" },
        { "loader: {workers: 1, workers: 1}", "(1,22)", "Duplicate key `workers`", "(1,10)" },
        { "? [a]\n: 1", "(1,3)", "A key must be a single value", null },
        { "? {a: 1}\n: 1", "(1,3)", "A key must be a single value", null },

        // Choices.
        { "model: mpl", "(1,8)", "Unknown model `mpl`", "Did you mean `mlp`? Looked in " },
        { "model: resnet", "(1,8)", "Unknown model `resnet`", "Looked in " },
        { "model: ../model/mlp", "(1,8)", "Unknown model `../model/mlp`", "Looked in " },
        { "model: {name: Mlp}", "(1,15)", "Unknown model `Mlp`", "`mlp`" },
        { "model: {name: null}", "(1,15)", "Wrong value for `model.name`", null },
        { "model: {name: [mlp]}", "(1,15)", "Wrong value for `model.name`", null },
        { "model: null", "(1,8)", "`model` has no value", null },
        { "model:", "(1,7)", "`model` has no value", null },
        { "early_stopping:", "(1,16)", "`early_stopping` has no value", null },
        { "model: [mlp]", "(1,8)", "Wrong value for `model`", null },
        { "loader: fast", "(1,9)", "Unknown loader `fast`", "Looked in " },
        { "loader: none", "(1,9)", "Unknown loader `none`", "Looked in " },
        { "early_stopping: off", "(1,17)", "Unknown early_stopping `off`", "`none`" },
        { "data: {name: fake_data}", "(1,14)", "`data.path` must be set", "data.path=VALUE" },

        // Whole numbers.
        { "seed: abc", "(1,7)", "Wrong value for `seed`", null },
        { "seed: 1_000", "(1,7)", "Wrong value for `seed`", "Write 1000." },
        { "seed: 0x1F", "(1,7)", "Wrong value for `seed`", "Write 31." },
        { "seed: 1e3", "(1,7)", "Wrong value for `seed`", "Write 1000." },
        { "seed: 5.0", "(1,7)", "Wrong value for `seed`", "Write 5." },
        { "seed: 1.5", "(1,7)", "Wrong value for `seed`", null },
        { "seed: 010", "(1,7)", "Wrong value for `seed`", "Write 10." },
        { "seed: yes", "(1,7)", "Wrong value for `seed`", null },
        { "seed: '1'", "(1,7)", "Wrong value for `seed`", "quotes" },
        { "device: null", "(1,9)", "`device` can't be null", "default" },
        { "runs:", "(1,6)", "`runs` has no value", "default" },
        { "seed: [1]", "(1,7)", "Wrong value for `seed`", null },
        { "seed: {a: 1}", "(1,7)", "Wrong value for `seed`", null },
        { "seed: -1", "(1,7)", "`seed` is out of bounds", null },
        { "seed: 18446744073709551616", "(1,7)", "`seed` is out of bounds", null },
        { "threads: 0", "(1,10)", "`threads` is out of bounds", null },
        { "threads: 1025", "(1,10)", "`threads` is out of bounds", null },
        { "trainer: {limit_train_batches: 3000000000}", "(1,32)", "`trainer.limit_train_batches` is out of bounds", null },

        // Numbers.
        { "optimizer: {lr: 0}", "(1,17)", "`optimizer.lr` is out of bounds", null },
        { "optimizer: {lr: -1e-3}", "(1,17)", "`optimizer.lr` is out of bounds", null },
        { "optimizer: {lr: 1000000.1}", "(1,17)", "`optimizer.lr` is out of bounds", null },
        { "optimizer: {lr: nan}", "(1,17)", "Wrong value for `optimizer.lr`", null },
        { "optimizer: {lr: .inf}", "(1,17)", "Wrong value for `optimizer.lr`", null },
        { "optimizer: {lr: 1e999}", "(1,17)", "Wrong value for `optimizer.lr`", null },
        { "optimizer: {lr: 1e-999}", "(1,17)", "Wrong value for `optimizer.lr`", null },
        { "optimizer: {lr: 0x1p3}", "(1,17)", "Wrong value for `optimizer.lr`", null },
        { "optimizer:\n  lr: 0,1", "(2,7)", "Wrong value for `optimizer.lr`", "Write 0.1." },
        { "optimizer: {lr: 1_0.5}", "(1,17)", "Wrong value for `optimizer.lr`", "Write 10.5." },
        { "optimizer: {name: fake_optimizer, single: 1e39}", "(1,43)", "Wrong value for `optimizer.single`", null },
        { "optimizer: {name: fake_optimizer, maybe_rate: 0}", "(1,47)", "`optimizer.maybe_rate` is out of bounds", null },

        // Lists.
        { "optimizer: {betas: 0.9}", "(1,20)", "Wrong value for `optimizer.betas`", "Write a list as [0.9]." },
        { "optimizer: {betas: [0.9]}", "(1,20)", "Wrong length of `optimizer.betas`", null },
        { "optimizer: {betas: [0.9, 1]}", "(1,26)", "`optimizer.betas[1]` is out of bounds", null },
        { "optimizer: {betas: [0.9, x]}", "(1,26)", "Wrong value for `optimizer.betas[1]`", null },
        { "optimizer: {betas: [~, 0.9]}", "(1,21)", "Wrong value for `optimizer.betas[0]`", null },
        { "optimizer: {betas: [[1], 0.9]}", "(1,21)", "Wrong value for `optimizer.betas[0]`", null },
        { "optimizer: {name: fake_optimizer, sizes: []}", "(1,42)", "Wrong length of `optimizer.sizes`", null },

        // Other types.
        { "loader: {shuffle: yes}", "(1,19)", "Wrong value for `loader.shuffle`", "Write true." },
        { "loader: {shuffle: True}", "(1,19)", "Wrong value for `loader.shuffle`", "Write true." },
        { "loader: {shuffle: 0}", "(1,19)", "Wrong value for `loader.shuffle`", "Write false." },
        { "loader: {shuffle: maybe}", "(1,19)", "Wrong value for `loader.shuffle`", null },
        { "loader: {shuffle: 'true'}", "(1,19)", "Wrong value for `loader.shuffle`", "quotes" },
        { "device: gpu", "(1,9)", "Wrong value for `device`", "`cuda`" },
        { "device: CPU", "(1,9)", "Wrong value for `device`", "`cpu`" },
        { "device: 1", "(1,9)", "Wrong value for `device`", null },
        { "early_stopping: {mode: auto}", "(1,24)", "Wrong value for `early_stopping.mode`", null },
        { "runs: ~", "(1,7)", "`runs` can't be null", "\"~\"" },
        { "runs: ''", "(1,7)", "Wrong length of `runs`", null },
        { "name: a/b", "(1,7)", "Wrong value for `name`", null },
        { "name: ..", "(1,7)", "Wrong value for `name`", null },
        { "data: {root: \"a\\0b\"}", "(1,14)", "Wrong value for `data.root`", null },
        { "optimizer: {name: fake_optimizer, short: abcdef}", "(1,42)", "Wrong length of `optimizer.short`", null },
        { "optimizer: {name: fake_optimizer, count: 1, big: 2}", "(1,50)", "`optimizer.big`: Nothing big is counted once", null },
        { "runs: ${HOME}/runs", "(1,7)", "Unknown key `HOME` in a reference", "--print-config" },

        // YAML.
        { "model:\n\thidden: 3", "(2,1)", "This line is indented with a tab", "spaces" },
        { "\tseed: 1", "(1,1)", "This line is indented with a tab", "spaces" },
        { "loader: [1", "(2,1)", "Invalid YAML: while parsing a flow sequence, did not find expected ',' or ']'", "brackets" },
        { "name: 'x", "(1,7)", "Invalid YAML: while scanning a quoted scalar, found unexpected end of stream", "quotes" },
        { "seed: 1\n  x: 2", "(2,4)", "Invalid YAML: while scanning a plain scalar value, found invalid mapping", "indentation" },
        { "runs: [\nseed: 1\n", "(1,7)", "Invalid YAML", "brackets" },
        { "seed: !!int 3", "(1,7)", "The tag `!!int` is not accepted", "type" },
        { "seed: !!python/object:os.system 3", "(1,7)", "The tag `!!python/object:os.system` is not accepted", "type" },
        { "trainer: !mine {epochs: 3}", "(1,10)", "The tag `!mine` is not accepted", "type" },
        { "seed: &a 3", "(1,7)", "The anchor `&a` is not accepted", "${model.hidden}" },
        { "seed: *a", "(1,7)", "The alias `*a` is not accepted", "${model.hidden}" },
        { "seed: 1\n---\nseed: 2", "(2,1)", "A second document begins here", "---" },
        { "seed: 1\n...\nseed: 2", "(3,1)", "A second document begins here", "---" },
        { "%YAML 1.2\n---\nseed: 3", "(1,1)", "A YAML directive is not accepted", "Delete" },
        { "[1, 2]", "(1,1)", "A config must contain keys with values", null },
        { "just text", "(1,1)", "A config must contain keys with values", null },
        { "null", "(1,1)", "A config must contain keys with values", null },
        { "seed: 1\nname: a\0b", "(2,8)", "Control character U+0000 is not allowed", "Delete" },
        { "seed: \u001b[31m", "(1,7)", "Control character U+001B is not allowed", "Delete" },
        { "seed: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "(1,22)", "The config is nested too deeply", null },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_problem_names_its_location(string yaml, string place, string message, string? hint)
    {
        _configs.With("mine.yaml", yaml);

        Problem problem = Assert.Single(_configs.ProblemsWith("mine.yaml"));

        Assert.Equal("mine.yaml" + place, problem.Where);
        Assert.Equal(message, problem.Message);
        if (hint is null)
        {
            Assert.Null(problem.Hint);
        }
        else
        {
            Assert.Contains(hint, problem.Hint, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("model: {hidden: 0}", """
        mine.yaml(1,17): `model.hidden` is out of bounds
          expected a whole number from 1 to 65536, or a list of such, at most 100 of them; received 0
        """)]
    [InlineData("optimizer:\n  learning_rte: 0.1\n", """
        mine.yaml(2,3): Unknown key `learning_rte` in optimizer=adamw
          expected one of lr, weight_decay, exclude_bias_and_norm, rules, betas, eps; received learning_rte
          Did you mean `lr`?
        """)]
    [InlineData("optimizer: {momentum: 0.9}", """
        mine.yaml(1,13): `momentum` belongs to optimizer=muon, optimizer=rmsprop and optimizer=sgd; optimizer is adamw
          expected one of lr, weight_decay, exclude_bias_and_norm, rules, betas, eps; received momentum
          Choose optimizer=muon, or leave the key out.
        """)]
    [InlineData("loader: {shufle: true}", """
        mine.yaml(1,10): Unknown key `shufle` in loader
          expected one of batch_size, global_batch_size, shuffle, sampler, class_weights, repeats, drop_last, mixup, cutmix, mix_fraction, eval_batch_size, workers, prefetch, channels_last; received shufle
          Did you mean `shuffle`?
        """)]
    [InlineData("trainer: {max_steps: 0x10}", """
        mine.yaml(1,22): Wrong value for `trainer.max_steps`
          expected a whole number of at least 1, or null; received 0x10
          Write 16.
        """)]
    [InlineData("optimizer: {betas: [0.9]}", """
        mine.yaml(1,20): Wrong length of `optimizer.betas`
          expected a list of 2 numbers, each of at least 0 and below 1; received [0.9]
        """)]
    [InlineData("optimizer: {name: fake_optimizer, sizes: 3, short: a, huge: -1, maybe_rate: x}", """
        mine.yaml(1,42): Wrong value for `optimizer.sizes`
          expected a list of whole numbers, at least 1 of them; received 3
          Write a list as [3].
        mine.yaml(1,52): Wrong length of `optimizer.short`
          expected text of 2 to 5 characters; received a
        mine.yaml(1,61): `optimizer.huge` is out of bounds
          expected a whole number from 0 to 18446744073709551615; received -1
        mine.yaml(1,77): Wrong value for `optimizer.maybe_rate`
          expected a number above 0 and at most 10, or null; received x
        """)]
    [InlineData("seed: 1\nseed: 2", """
        mine.yaml(2,1): Duplicate key `seed`
          It was first set at mine.yaml(1,1). Delete one of the two.
        """)]
    [InlineData("model:\n\thidden: 3", """
        mine.yaml(2,1): This line is indented with a tab
          expected spaces
          Replace the tab with spaces.
        """)]
    [InlineData("seed: ${model.hidden}\nmodel:\n  hidden: ${seed}", """
        mine.yaml(1,7): `seed` refers to itself
          received seed → model.hidden → seed
          Write the value itself for one of these keys.
        """)]
    [InlineData("runs: ${env:NOWHERE}/runs", """
        mine.yaml(1,7): The environment variable `NOWHERE` is not set
          expected a variable of this name; received ${env:NOWHERE}
          Set it, or write the value itself.
        """)]
    [InlineData("transforms:\n  train:\n    - {name: horizontal_flip, q: 0.5}", """
        mine.yaml(3,31): Unknown key `q` in transforms.train[0] (horizontal_flip)
          expected p; received q
          Did you mean `p`?
        """)]
    [InlineData("data: {name: fake_data}", """
        mine.yaml(1,14): `data.path` must be set
          expected text
          Set it with data.path=VALUE.
        """)]
    public void A_problem_has_the_expected_text(string yaml, string text)
    {
        _configs.With("mine.yaml", yaml);

        Assert.Equal(text, Assert.Throws<RequestException>(() => _configs.ComposeWith("mine.yaml")).Message, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void All_problems_of_all_layers_are_reported_together()
    {
        _configs.WithDefaults(t => t.Replace("device: cpu", "device: tpu", StringComparison.Ordinal))
            .With("configs/model/mlp.yaml", "name: mlp\nhidden: -1\n")
            .With("configs/experiment/e.yaml", "seed: x\nloader: {bad: 1}")
            .With("configs/debug/d.yaml", "trainer: {epochs: 0}")
            .With("mine.yaml", "loader: {batch_size: big}\nruns: {}");

        IReadOnlyList<Problem> problems = _configs.ProblemsWith(
            "mine.yaml", "trainer.epochs=many", "nonsense", "experiment=e", "optimizer=sdg", "debug=d", "optimizer.never_looked_at=1");

        Assert.Equal(
            [
                "nonsense", "configs/train.yaml(8,9)", "configs/model/mlp.yaml(2,9)", "configs/experiment/e.yaml(1,7)", "configs/experiment/e.yaml(2,10)",
                "configs/debug/d.yaml(1,19)", "mine.yaml(1,22)", "mine.yaml(2,7)", "optimizer=sdg", "trainer.epochs=many",
            ],
            problems.Select(p => p.Where));
    }

    [Fact]
    public void A_problem_in_an_overridden_value_is_reported()
    {
        _configs.With("mine.yaml", "model: {hidden: many}");

        Assert.Equal("mine.yaml(1,17)", Assert.Single(_configs.ProblemsWith("mine.yaml", "model.hidden=3")).Where);
        Assert.Equal("mine.yaml(1,17)", Assert.Single(_configs.ProblemsWith("mine.yaml", "model=cnn")).Where);
    }

    [Fact]
    public void Unreadable_defaults_do_not_hide_other_problems()
    {
        _configs.With("configs/train.yaml", "seed: [1");

        Assert.Equal(["configs/train.yaml(2,1)", "seed=x"], _configs.Problems("seed=x").Select(p => p.Where));
    }

    [Fact]
    public void Defaults_without_a_required_group_are_rejected()
    {
        _configs.With("configs/train.yaml", "model: mlp\ndata: {root: x}");

        Assert.Equal(
            ["`data` has no name", "No objective is chosen", "No optimizer is chosen", "No schedule is chosen"],
            _configs.Problems().Select(p => p.Message));
    }

    [Theory]
    [InlineData("[1]", "A file in configs/model/ must contain keys with values")]
    [InlineData("null", "A file in configs/model/ must contain keys with values")]
    [InlineData("a: [", "Invalid YAML: while parsing a node, did not find expected node content")]
    [InlineData("hidden: 3", "Unknown model `odd`")]
    [InlineData("name: od", "Unknown model `od`")]
    public void A_problem_in_a_choice_file_is_reported_once(string yaml, string message)
    {
        _configs.WithDefaults().With("configs/model/odd.yaml", yaml);

        Problem problem = Assert.Single(_configs.Problems("model=odd", "model.whatever=1"));

        Assert.Equal(message, problem.Message);
        Assert.StartsWith("configs/model/odd.yaml(", problem.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unreadable_file_is_reported()
    {
        Directory.CreateDirectory(Path.Combine(_configs.Folder, "folder.yaml"));
        _configs.With("large.yaml", new string('#', 1_000_001)).With("just.yaml", new string('#', 1_000_000));
        File.WriteAllBytes(Path.Combine(_configs.Folder, "latin1.yaml"), [.. "name: Fran"u8, 0xE7, .. "ois"u8]);

        using (FileStream huge = File.Create(Path.Combine(_configs.Folder, "huge.yaml")))
        {
            huge.SetLength(100_000_000);
        }

        Assert.Equal("huge.yaml: The config file is too large", FirstLine("huge.yaml"));
        Assert.Equal("missing.yaml: There is no such file", FirstLine("missing.yaml"));
        Assert.Equal("folder.yaml: The path is a folder", FirstLine("folder.yaml"));
        Assert.Equal("large.yaml: The config file is too large", FirstLine("large.yaml"));
        Assert.Equal("latin1.yaml (byte 10): The file is not valid UTF-8", FirstLine("latin1.yaml"));
        Assert.Equal("--config: --config needs a file", FirstLine(""));
        Assert.Equal("--config: --config needs a file", FirstLine("a\0b"));
        Assert.Equal(42ul, _configs.ComposeWith("just.yaml").Config.Seed);

        string FirstLine(string file) => Assert.Single(_configs.ProblemsWith(file)).ToString().Split('\n')[0];
    }

    [Fact]
    public void An_alias_bomb_is_rejected_with_two_problems_and_not_expanded()
    {
        string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(
            Enumerable.Range(0, 25).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} [{string.Join(", ", Enumerable.Repeat($"*{(char)('a' + i)}", 9))}]\n"));
        _configs.With("mine.yaml", bomb);

        Assert.Equal(
            ["mine.yaml(1,4): The anchor `&a` is not accepted", "mine.yaml(2,8): The alias `*a` is not accepted"],
            _configs.ProblemsWith("mine.yaml").Where(p => !p.Message.StartsWith("Unknown", StringComparison.Ordinal)).Select(p => p.ToString().Split('\n')[0]));
    }

    [Fact]
    public void Very_deep_nesting_is_rejected()
    {
        _configs.With("mine.yaml", new string('[', 900_000));

        Assert.Equal("mine.yaml(1,17): The config is nested too deeply", Assert.Single(_configs.ProblemsWith("mine.yaml")).ToString().Split('\n')[0]);
    }

    [Fact]
    public void A_byte_order_mark_and_crlf_line_ends_are_accepted()
    {
        _configs.With("mine.yaml", "\uFEFF# a comment\r\nseed: 7\r\nname: \"é😀\\u00e9\" # and another\r\n");

        Problem problem = Assert.Single(_configs.ProblemsWith("mine.yaml"));
        Assert.Equal("mine.yaml(3,7)", problem.Where);

        _configs.With("mine.yaml", "\uFEFF# a comment\r\nseed: 7\r\nname: \"é\\u00e9\" # and another\r\n");
        Assert.Equal((7ul, "éé"), (_configs.ComposeWith("mine.yaml").Config.Seed, _configs.ComposeWith("mine.yaml").Config.Name));
    }

    [Fact]
    public void Without_configs_the_problem_names_the_searched_folders()
    {
        var request = new Regimen.Configuration.ConfigRequest { WorkingDirectory = _configs.Folder, ShippedConfigs = Path.Combine(_configs.Folder, "shipped") };

        Problem problem = Assert.Single(
            Assert.Throws<RequestException>(() => Regimen.Configuration.ConfigComposer.Compose(ConfigFixture.Catalog, request)).Problems);

        Assert.Contains(Path.Combine(_configs.Folder, "configs", "train.yaml"), problem.Expected, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_configs.Folder, "shipped", "train.yaml"), problem.Expected, StringComparison.Ordinal);
    }
}
