using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Experiments;

/// <summary>A stopped and resumed run equals an uninterrupted run: every bit of weights, optimizer state, history and losses, and every row and
/// line of its record.</summary>
public sealed class ResumeBitsTests : IDisposable
{
    private static readonly ComponentCatalog Catalog = ComponentCatalog.From();
    private readonly TinyExperiment _runs = new();

    /// <summary>Every optimizer and every schedule, with each model.</summary>
    public static TheoryData<string, string> Combinations()
    {
        IEnumerable<string> changes =
        [
            .. Catalog.In(CatalogGroup.Optimizer).Select(o => $"optimizer={o.Name}"),
            "optimizer=sgd optimizer.momentum=0.9 optimizer.nesterov=true optimizer.weight_decay=0.01",
            .. Catalog.In(CatalogGroup.Schedule).Select(s => $"schedule={s.Name}"),
            "schedule=cosine schedule.warmup_steps=5",
            "schedule=step schedule.step_size=1",
            "schedule=step schedule.step_size=1 schedule.warmup_steps=5 schedule.warmup_start_factor=0.1",
            "schedule=cosine_restarts schedule.t_0=1 schedule.t_mult=2 schedule.warmup_steps=2",
            "schedule=list schedule.values=[1,0.2,0.7] schedule.at=[0,3,8] schedule.unit=steps schedule.interpolation=linear",
            "schedule=reduce_on_plateau schedule.patience=0 schedule.threshold_mode=abs schedule.threshold=1e6 trainer.validate_every_steps=2",
        ];
        return [.. from model in new[] { "mlp", "cnn" } from change in changes select new TheoryDataRow<string, string>(model, change)];
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Resumed_bits_are_equal_for_every_optimizer_and_schedule(string model, string change)
    {
        AssertResumes([.. TinyExperiment.TwelveSteps, $"model={model}", .. change.Split(' ')]);
    }

    /// <summary>The architectures with state or draws of their own: norms, dropout, embeddings, attention.</summary>
    [Theory]
    [InlineData("mlp", "model.hidden=[9,5]", "model.activation=gelu", "model.norm=batch", "model.dropout=0.3")]
    [InlineData("mlp", "model.hidden=[]")]
    [InlineData("cnn", "model.channels=[3,5,4]", "model.norm=batch")]
    [InlineData("lenet")]
    [InlineData("lenet", "model.activation=relu", "model.pooling=max")]
    [InlineData("vit", "model.patch=7", "model.width=12", "model.depth=2", "model.heads=3", "model.dropout=0.1")]
    [InlineData("resnet18")]
    public void Resumed_bits_are_equal_for_every_architecture(string model, params string[] options)
    {
        Assert.SkipWhen(model == "resnet18" && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "takes ten seconds: REGIMEN_LONG=1");
        AssertResumes([.. TinyExperiment.TwelveSteps, $"model={model}", .. options]);
    }

    [Fact]
    public void Resumed_bits_are_equal_for_a_table_with_embeddings()
    {
        string table = _runs.Write("sales.csv", Tables.Sales(rows: 48, categories: 5));
        AssertResumes(
            [.. TinyExperiment.TwelveSteps.Where(c => !c.StartsWith("data.", StringComparison.Ordinal)), "data=csv", $"data.path={table}", "data.target=[sold]", "data.categories=codes", "data.unknown=zeros", "model=tabular", "model.dropout=0.2"]);
    }

    [Theory]
    [InlineData("model=gpt", "model.layers=2", "model.width=12", "model.heads=3", "model.dropout=0.2")]
    [InlineData("model=gpt", "model.layers=1", "model.width=8", "model.heads=1", "model.tie=false", "data.tokens=bpe", "data.vocabulary=270", "data.memory_mb=0")]
    [InlineData("model=gru", "model.layers=2", "model.width=7", "model.dropout=0.3", "data.stride=11", "objective=next_token", "objective.label_smoothing=0.1")]
    public void Resumed_bits_are_equal_for_models_of_a_text(params string[] changes)
    {
        string[] config = ["data=text", "data.context=23", "loader.batch_size=13", "trainer.accumulate=2", "trainer.epochs=3", "early_stopping=none", .. changes];
        RunBits whole = RunBits.Of(_runs.Train(config));
        int steps = whole.Steps.Length / 8;
        foreach (int step in new[] { 1, steps / 2, steps - 1 })
        {
            string run = _runs.TrainUntil(step, config);
            _runs.Resume(run);
            whole.AssertEqual(RunBits.Of(run));
        }
    }

    [Theory]
    [InlineData("early_stopping.monitor=val.iou", "transforms.train=[random_affine,rand_augment,{name: random_crop, size: [25, 22]}]", "transforms.eval=[{name: resize, size: [25, 22]}]")]
    [InlineData("early_stopping=none", "objective=dice", "objective.cross_entropy=0.5", "data.memory_mb=0", "data.mean=auto", "data.std=auto", "transforms.train=[horizontal_flip]")]
    public void Resumed_bits_are_equal_for_masks(params string[] changes)
    {
        using var shapes = new TemporaryFolder();
        string[] config = [.. Shapes.Config, $"data.root={Shapes.Write(shapes, "set", 20)}", "checkpoint.every_steps=2", "trainer.epochs=4", .. changes];
        RunBits whole = RunBits.Of(_runs.Train(config));
        foreach (int step in new[] { 2, 7 })
        {
            string run = _runs.TrainUntil(step, config);
            _runs.Resume(run);
            whole.AssertEqual(RunBits.Of(run));
        }
    }

    [Theory]
    [InlineData("early_stopping=default", "early_stopping.patience=2", "optimizer.lr=0.03")]
    [InlineData("early_stopping=default", "early_stopping.monitor=train.loss")]
    [InlineData("early_stopping=default", "trainer.validate_every_steps=2", "early_stopping.min_delta=1e6", "early_stopping.patience=4")]
    [InlineData("early_stopping=default", "early_stopping.min_delta=1e6", "early_stopping.patience=2", "checkpoint.every_steps=1")]
    [InlineData("early_stopping=default", "trainer.max_steps=8", "early_stopping.restore_best=false")]
    [InlineData("trainer.accumulate=2", "trainer.clip_norm=0.5", "checkpoint.every_steps=2", "trainer.validate_every_steps=1")]
    [InlineData("trainer.max_steps=7", "checkpoint.keep=3")]
    [InlineData("schedule=reduce_on_plateau", "schedule.patience=0", "schedule.threshold_mode=abs", "schedule.threshold=1e6")]
    public void Resumed_bits_are_equal_after_a_stop_at_any_step(params string[] changes)
    {
        string[] config = [.. TinyExperiment.TwelveSteps, .. changes];
        RunBits whole = RunBits.Of(_runs.Train(config));
        int steps = whole.Steps.Length / 8;
        for (int step = 1; step <= steps; step++)
        {
            string run = _runs.TrainUntil(step, config);
            ResumeUnlessOver(run);
            whole.AssertEqual(RunBits.Of(run));
        }
    }

    [Theory]
    [InlineData(1, "early_stopping=default", "early_stopping.min_delta=1e6", "early_stopping.patience=2")]
    [InlineData(3, "checkpoint.every_steps=2", "trainer.validate_every_steps=2")]
    public void Resumed_bits_are_equal_after_a_failure_at_any_event(int every, params string[] changes)
    {
        string[] config = [.. TinyExperiment.TwelveSteps, .. changes];
        int events = 0;
        RunBits whole = RunBits.Of(_runs.Train(config, _ => events++));
        for (int last = 1; last <= events; last += every)
        {
            int seen = 0;
            string run = _runs.Train(config, _ => BreakOff(++seen == last));

            // It fails a second time during the resumed training.
            seen = 0;
            _runs.Resume(run, act: _ => BreakOff(++seen == 3));
            ResumeUnlessOver(run);
            whole.AssertEqual(RunBits.Of(run));
        }
    }

    [Fact]
    public void Resumed_bits_are_equal_after_repeated_stops()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "schedule=one_cycle", "optimizer=sgd", "optimizer.momentum=0.9"];
        RunBits whole = RunBits.Of(_runs.Train(config));
        string run = _runs.TrainUntil(1, config);
        for (int step = 2; step < 12; step++)
        {
            _runs.ResumeUntil(run, step);
        }

        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
    }

    [Fact]
    public void An_extended_run_equals_a_longer_run()
    {
        string[] config = [.. TinyExperiment.TwelveSteps, "schedule=exponential", "early_stopping=default", "early_stopping.patience=99"];
        RunBits longer = RunBits.Of(_runs.Train([.. config, "trainer.epochs=6"]));
        string run = _runs.Train(config);
        _runs.Resume(run, ["trainer.epochs=6"]);
        longer.AssertEqual(RunBits.Of(run));
        Assert.Contains("  epochs: 6\n", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
    }

    public void Dispose() => _runs.Dispose();

    private void AssertResumes(string[] config)
    {
        RunBits whole = RunBits.Of(_runs.Train(config));

        // In the middle of epoch 2, and again after its last step.
        string run = _runs.TrainUntil(4, config);
        _runs.ResumeUntil(run, 6);
        _runs.Resume(run);
        whole.AssertEqual(RunBits.Of(run));
    }

    private void ResumeUnlessOver(string run)
    {
        if (!RunResumption.IsOver(RunManifest.Read(Path.Combine(run, "run.json"))))
        {
            _runs.Resume(run);
        }
    }

    private static void BreakOff(bool now)
    {
        if (now)
        {
            throw new BreakOffException();
        }
    }
}
