using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Exporting;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Prediction;
using Regimen.Sweeps;
using Regimen.Tests.TestKit;
using Regimen.Text;

namespace Regimen.Tests.Documents;

/// <summary>The code of the documents that uses trained models and plans: README.md, predicting.md, text.md, exporting.md, sweeps.md. The blocks
/// are compared with this file by <see cref="DocumentCodeTests"/>.</summary>
public sealed class TrainedModelCodeTests : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly TextWriter _console = Console.Out;
    private readonly StringWriter _output = new();
    private readonly ProjectFolder _project = new();

    public TrainedModelCodeTests()
    {
        Environment.CurrentDirectory = _project.Folder.FullPath;
        Console.SetOut(_output);
    }

    [Fact]
    public void A_program_predicts_an_image()
    {
        _project.Train("--quiet").Ends(0);
        _project.Folder.Write("digit.png", ImageBytes.GreyPng(28, 28, new byte[28 * 28]));
        Readme();
        Predicting();
        string[] lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"{lines[0].Trim()}: ", lines[1], StringComparison.Ordinal);

        static void Readme()
        {
            using Predictor predictor = Predictor.Open("runs/latest");
            Console.WriteLine(predictor.PredictFile("digit.png").Class);
        }

        static void Predicting()
        {
            using var predictor = Predictor.Open("runs/latest");
            PredictionResult prediction = predictor.PredictFile("digit.png");
            Console.WriteLine($"{prediction.Class}: {prediction.Probability:P1}");
        }
    }

    [Fact]
    public void A_program_continues_a_text()
    {
        _project.Folder.Write("text.txt", System.Text.Encoding.UTF8.GetBytes(TinyText.Of(4000)));
        _project.Do("train", "data=text", "data.path=text.txt", "model=gru", "model.width=4", "trainer.epochs=1", "--quiet").Ends(0);
        using OpenModel open = TrainedModel.Find("latest", "runs", Environment.CurrentDirectory).Open(ComponentCatalog.From());
        Tokenizer tokenizer = Tokenizer.Find(open.Preprocessing)!;
        foreach (string piece in TextGenerator.Continue(open.Model, tokenizer, "Anne could not ", new GenerationOptions { Tokens = 200, Temperature = 0.8 }, context: 128))
        {
            Console.Write(piece);
        }

        Assert.Equal(200, _output.ToString().EnumerateRunes().Count());
    }

    [Fact]
    public void A_program_plans_a_sweep()
    {
        ComponentCatalog catalog = ComponentCatalog.From();
        var request = new SweepRequest { Arguments = ["model.hidden=64,128"], WorkingDirectory = Environment.CurrentDirectory };
        PlannedSweep planned = new SweepPlanner(catalog, Environment.ProcessorCount).Plan(request);
        Assert.Equal(2, planned.Trials.Count);
    }

    [Fact]
    public void A_model_of_ones_own_describes_its_graph()
    {
        var context = new ModelContext { Inputs = [Field.Inputs(new SampleShape(3, 2))], Outputs = 3, Target = Field.ClassIndex };
        RunConfig config = ConfigComposer.Compose(ComponentCatalog.From(), new ConfigRequest { WorkingDirectory = Repository.Root, Arguments = [] }).Config;
        using var model = new OpenModel(new OwnParts.Models.Pair(context), context, config, [], null, Objectives.CrossEntropy);
        ExportResult written = OnnxExport.Write(model, new Dictionary<string, string>(), null, _project.Folder["pair.onnx"], hasPreprocessing: false);
        Assert.InRange(written.LargestDifference, 0, ExportCheck.Tolerance);
    }

    public void Dispose()
    {
        Console.SetOut(_console);
        Environment.CurrentDirectory = _before;
        _output.Dispose();
        _project.Dispose();
    }
}
