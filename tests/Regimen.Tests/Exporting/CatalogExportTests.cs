using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Exporting;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Exporting;

/// <summary>Every model of the catalog is exported, with weights and statistics that are not the initial ones, and gives ONNX Runtime's answers.</summary>
public sealed class CatalogExportTests : IDisposable
{
    private const string CheckOnnx =
        """
        import sys, onnx
        for path in sys.argv[1:]:
            onnx.checker.check_model(onnx.load(path), full_check=True)
        print("sound")
        """;

    private static readonly ComponentCatalog Catalog = ComponentCatalog.From();
    private readonly TemporaryFolder _folder = new();

    private static readonly Field Image = Field.Inputs(new SampleShape(3, 24, 20));
    private static readonly Field Tokens = new("tokens", new SampleShape(9), ElementType.Int64) { Cardinality = 13 };

    internal static Dictionary<string, (ModelContext Context, string[] Options)> Models { get; } = new()
    {
        ["mlp"] = (Of(Image), ["model.hidden=[7, 5]", "model.norm=layer", "model.activation=silu", "model.dropout=0.1"]),
        ["cnn"] = (Of(Image), ["model.channels=[3, 5, 4]", "model.hidden=7", "model.norm=batch"]),
        ["lenet"] = (Of(Image), ["model.pooling=max"]),
        ["resnet18"] = (Of(Image), ["model.stem=small"]),
        ["resnet34"] = (Of(Image), []),
        ["resnet50"] = (Of(Image), []),
        ["unet"] = (Of(Field.Inputs(new SampleShape(3, 21, 18))) with { Target = MaskTarget.Of(21, 18) }, ["model.width=4", "model.depth=2"]),
        ["vit"] = (Of(Image), ["model.width=12", "model.depth=2", "model.heads=3"]),
        ["tabular"] = (Of(Field.Inputs(new SampleShape(4)), Code("a", 5), Code("b", 30)), ["model.hidden=[6]"]),
        ["gru"] = (Of(Tokens) with { Target = new Field(Field.Target, new SampleShape(9), ElementType.Int64) { Cardinality = 13 }, Outputs = 13 }, ["model.layers=2", "model.width=6"]),
        ["gpt"] = (Of(Tokens) with { Target = new Field(Field.Target, new SampleShape(9), ElementType.Int64) { Cardinality = 13 }, Outputs = 13 }, ["model.layers=2", "model.width=12", "model.heads=3"]),
    };

    public static TheoryData<string> Names => [.. Models.Keys];

    [Fact]
    public void No_model_of_the_catalog_is_left_out() => Assert.Equal(Catalog.Entries.Where(e => e.Group == CatalogGroup.Model).Select(e => e.Name).Order(), Models.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_gives_the_same_outputs_in_onnx_runtime(string name)
    {
        (ModelContext context, string[] options) = Models[name];
        using OpenModel model = Open(name, options, context);
        ExportResult exported = OnnxExport.Write(model, new Dictionary<string, string>(), experiment: null, _folder["m.onnx"], hasPreprocessing: false);
        Assert.InRange(exported.LargestDifference, 0, ExportCheck.Tolerance);
        Assert.Equal("random", exported.CheckedOn);
        PyTorch.SkipWhereMissing("onnx");
        Assert.Equal("sound", PyTorch.Run(CheckOnnx, _folder["m.onnx"]).Trim());
    }

    [Fact]
    public void A_gru_that_classifies_sequences_of_different_lengths_takes_their_lengths()
    {
        ModelContext context = Of(Field.Tokens("words", longest: 8, vocabulary: 11)) with { Classes = ["a", "b", "c"] };
        using OpenModel model = Open("gru", ["model.width=5"], context);
        Assert.InRange(OnnxExport.Write(model, new Dictionary<string, string>(), null, _folder["m.onnx"], hasPreprocessing: false).LargestDifference, 0, ExportCheck.Tolerance);
    }

    [Fact]
    public void A_description_that_differs_from_the_model_writes_nothing()
    {
        File.WriteAllText(_folder["m.onnx"], "an earlier file");
        RunConfig config = ConfigComposer.Compose(Catalog, new ConfigRequest { WorkingDirectory = Repository.Root, Arguments = [] }).Config;
        using var model = new OpenModel(new Wrong(), Of(Field.Inputs(new SampleShape(3))), config, [], null, Objectives.CrossEntropy);
        WorkFailedException failed = Assert.Throws<WorkFailedException>(() => OnnxExport.Write(model, new Dictionary<string, string>(), null, _folder["m.onnx"], hasPreprocessing: false));
        Assert.Contains("does not compute what the model computes", failed.Message, StringComparison.Ordinal);
        Assert.Equal("an earlier file", File.ReadAllText(_folder["m.onnx"]));
        Assert.Equal([_folder["m.onnx"]], Directory.GetFileSystemEntries(_folder.FullPath));
    }

    public void Dispose()
    {
        _folder.Dispose();
        Threads.Use(1);
    }

    private static ModelContext Of(params Field[] inputs) => new() { Inputs = inputs, Outputs = 3, Target = Field.ClassIndex };

    private static Field Code(string name, int count) => new(name, SampleShape.Scalar, ElementType.Int64) { Cardinality = count };

    private static OpenModel Open(string name, string[] options, ModelContext context)
    {
        string[] arguments = [$"model={name}", .. options];
        RunConfig config = ConfigComposer.Compose(Catalog, new ConfigRequest { WorkingDirectory = Repository.Root, Arguments = arguments }).Config;
        TorchRandom.SeedInitialization(5);
        nn.Module model = Catalog.CreateModel(config.Model.Name, config.Model.Options, context);
        Objective objective = context.Outputs == 13 ? new NextToken() : name == "unet" ? new PixelCrossEntropy() : Objectives.CrossEntropy;

        // In training mode, batch norm takes statistics from the samples.
        using (no_grad())
        using (NewDisposeScope())
        using (ExportSamples samples = ExportSamples.Random(context, 11))
        using (Batch batch = samples.Batch(0, 11))
        {
            model.train();
            Objectives.Forward(model, batch);
            model.eval();
        }

        return new OpenModel(model, context, config, [], null, objective);
    }

    /// <summary>A model whose description omits the ReLU.</summary>
    private sealed class Wrong : nn.Module<Tensor, Tensor>, Regimen.Graphs.IDescribed
    {
        private readonly Regimen.Layers.Linear fc = new(3, 3);

        public Wrong()
            : base(nameof(Wrong)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc.call(input).relu();

        public Regimen.Graphs.GraphValue Describe(Regimen.Graphs.ModelGraph graph, IReadOnlyList<Regimen.Graphs.GraphValue> inputs) => graph.Call(fc, inputs);
    }
}
