using System.Text.Json.Nodes;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Engine;
using Regimen.Inspection;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Tests.Exporting;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Experiments;

/// <summary>Tests that every part of the catalog has portable bits, and that runs have the same for any number of threads and after a resumption.</summary>
public sealed class PortableBitsTests : IDisposable
{
    private static readonly ComponentCatalog Catalog = ComponentCatalog.From();
    private readonly TinyExperiment _runs = new();

    public static TheoryData<string> Models => CatalogExportTests.Names;

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_model_of_the_catalog_is_portable(string name)
    {
        (ModelContext context, string[] options) = CatalogExportTests.Models[name];
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        string[] dropout = name == "gpt" ? ["model.dropout=0.1"] : [];
        RunConfig config = ConfigComposer.Compose(Catalog, new ConfigRequest { WorkingDirectory = Repository.Root, Arguments = [$"model={name}", .. options, .. dropout] }).Config;
        using nn.Module model = Catalog.CreateModel(config.Model.Name, config.Model.Options, context);
        Assert.Empty(MachineOperations.Of(model));
    }

    [Fact]
    public void Every_objective_optimizer_and_metric_of_the_catalog_is_portable()
    {
        Assert.All(Of<Objective>(CatalogGroup.Objective), o => Assert.True(o.IsPortable, o.GetType().Name));
        Assert.All(Of<OptimizerOptions>(CatalogGroup.Optimizer), o => Assert.True(o.IsPortable, o.GetType().Name));
        Assert.All(Of<Metric>(CatalogGroup.Metric), m => Assert.True(m.IsPortable, m.GetType().Name));

        static T[] Of<T>(string group)
        {
            T[] parts = [.. Catalog.In(group).Select(e => (T)Activator.CreateInstance(e.OptionsType)!)];
            Assert.NotEmpty(parts);
            return parts;
        }
    }

    [Theory]
    [InlineData("objective=dice", "objective.cross_entropy=0.5", "transforms.train=[horizontal_flip]")]
    [InlineData("objective=pixel_cross_entropy", "model.width=5", "model.depth=3")]
    public void A_run_on_masks_has_the_same_bits_for_any_number_of_threads_and_resumed(params string[] changes)
    {
        using var shapes = new TemporaryFolder();
        Check([.. Shapes.Config, $"data.root={Shapes.Write(shapes, "set", 20)}", "early_stopping=none", "trainer.epochs=3", .. changes]);
    }

    [Fact]
    public void A_run_on_a_text_with_dropout_has_the_same_bits_for_any_number_of_threads_and_resumed()
        => Check(
            "data=text", "data.context=43", "loader.batch_size=13", "trainer.accumulate=2", "trainer.epochs=2", "early_stopping=none", "model=gpt", "model.layers=2", "model.width=12",
            "model.heads=3", "model.dropout=0.2");

    [Fact]
    public void A_run_with_the_calibration_error_has_the_same_bits_for_any_number_of_threads_and_resumed()
        => Check([.. TinyExperiment.TwelveSteps, "metrics=[calibration_error]", "model.hidden=[37]"]);

    public void Dispose()
    {
        _runs.Dispose();
        Threads.Use(1);
        Arithmetic.Use(Bits.Machine);
    }

    private void Check(params string[] config)
    {
        config = [.. config, "trainer.bits=portable"];
        string first = _runs.Train([.. config, "threads=1"]);
        Assert.Equal("portable", JsonNode.Parse(File.ReadAllText(Path.Combine(first, "run.json")))!["bits"]!.GetValue<string>());
        RunBits whole = RunBits.Of(first);
        whole.AssertEqual(RunBits.Of(_runs.Train([.. config, "threads=3"])));
        string stopped = _runs.TrainUntil(2, [.. config, "threads=2"]);
        _runs.Resume(stopped);
        whole.AssertEqual(RunBits.Of(stopped));
    }
}
