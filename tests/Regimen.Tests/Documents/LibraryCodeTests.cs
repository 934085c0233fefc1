using System.Globalization;
using Regimen.Data;
using Regimen.Evaluation;
using Regimen.FineTuning;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Reproducibility;
using Regimen.Runs;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using Regimen.WeightFiles;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace Regimen.Tests.Documents;

/// <summary>The code of the documents that uses the library alone: README.md, loop.md, data.md, streams.md, finetuning.md, exactness.md. The blocks are
/// compared with this file by <see cref="DocumentCodeTests"/>.</summary>
public sealed class LibraryCodeTests : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly TemporaryFolder _folder = new();

    public LibraryCodeTests() => Environment.CurrentDirectory = _folder.FullPath;

    [Fact]
    public void The_readme_records_measures_and_saves_a_training()
    {
        ArrayDataset train = TinyData.Clusters(210), validation = TinyData.Clusters(50, seed: 8), test = TinyData.Clusters(40, seed: 9);
        using var recorder = new RunRecorder("runs", "moons");             // a run folder; RunRecorder.Resume("runs/latest") continues one
        var trainer = new Trainer(new TrainOptions { Epochs = 5, Seed = 42 }, [recorder]);
        using Net model = trainer.CreateModel(() => new Net());            // any Module; its initial weights follow from the seed
        TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-3), train, validation, from: recorder.From);
        EvaluationResult measured = Evaluator.Evaluate(model, Objectives.CrossEntropy, test);
        using Tensor logits = Evaluator.Predict(model, test);
        Weights.Save(model, "moons.safetensors");
        Assert.Equal(5, result.At.Epoch);
        Assert.Equal(40, measured.Samples);
        Assert.Equal([40, 3], logits.shape);
        Assert.True(File.Exists("moons.safetensors"));
        Assert.EndsWith("_moons", Assert.Single(Directory.GetDirectories("runs")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_loop_trains_a_module_and_an_objective_is_a_function()
    {
        ArrayDataset train = TinyData.Clusters(210), validation = TinyData.Clusters(50, seed: 8);
        var trainer = new Trainer(new TrainOptions { Epochs = 5, Seed = 42 });
        using Net model = trainer.CreateModel(() => new Net());
        TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-3), train, validation);
        Assert.Equal(5, result.At.Epoch);

        Objective objective = Objectives.From((model, batch) =>
        {
            Tensor output = ((nn.Module<Tensor, Tensor>)model).call(batch.Input);
            return new ObjectiveResult(nn.functional.mse_loss(output, batch.Target), output);
        });
        ArrayDataset numbers = ArrayDataset.ForRegression([.. Enumerable.Range(0, 84).Select(i => i % 5 / 5f)], new float[63], new SampleShape(4), new SampleShape(3));
        EvaluationResult measured = Evaluator.Evaluate(model, objective, numbers);
        Assert.Equal(Evaluator.Evaluate(model, Objectives.Mse, numbers).Loss, measured.Loss, 1e-6);
    }

    [Fact]
    public void Data_is_made_of_arrays_tensors_and_enumerables()
    {
        float[] inputs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], targets = [1, 2, 3], zerosAndOnes = [0, 1, 1, 1, 0, 0];
        int[] labels = [0, 1, 1];
        (float[] Values, int Label)[] records = [([1, 2, 3, 4], 0), ([5, 6, 7, 8], 1)];
        using Tensor x = ones(5, 4), y = zeros(5, ScalarType.Int64);
        ArrayDataset other = ArrayDataset.ForClassification(inputs, labels, new SampleShape(4), ["no", "yes"]);
        IDataset train = ArrayDataset.ForClassification(inputs, labels, new SampleShape(4), ["no", "yes"]);   // arrays; not copied
        IDataset prices = ArrayDataset.ForRegression(inputs, targets, new SampleShape(4), SampleShape.Scalar);
        IDataset tags = ArrayDataset.ForMultilabel(inputs, zerosAndOnes, new SampleShape(4), ["red", "round"]);
        IDataset tensors = TensorSamples.ToDataset(x, y);                                                    // two tensors
        IDataset rows = records.Select(r => (r.Values, r.Label)).ToDataset(new SampleShape(4), ["no", "yes"]); // any enumerable

        IReadOnlyList<Subset> parts = train.Split([0.8, 0.2], seed: 42, stratified: true);
        IDataset more = train.Concat(other).Map(Logarithms).Take(1000);

        static void Logarithms(ReadOnlySpan<float> input, Span<float> output)
        {
            for (int i = 0; i < input.Length; i++)
            {
                output[i] = MathF.Log(input[i]);
            }
        }

        Assert.Equal([3, 3, 3, 5, 2, 6], new[] { train, prices, tags, tensors, rows, more }.Select(d => d.Count));
        Assert.Equal(3, parts.Sum(p => p.Count));
    }

    [Fact]
    public void A_stream_is_trained_on_for_a_number_of_steps()
    {
        ArrayDataset validation = TinyData.Clusters(50, seed: 8);
        File.WriteAllLines("records.csv", Enumerable.Range(0, 97).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i % 3 == 0 ? 2.25 : 0.1)},{(i % 3 == 1 ? 1.75 : 0)},{(i % 3 == 2 ? 2 : 0.2)},{(i % 3 == 0 ? 2 : 0)},{i % 3}")));
        DataStream stream = DataStream.From([Field.Inputs(new SampleShape(4)), Field.ClassIndex], Records, ["low", "middle", "high"]);
        using DataLoader train = DataLoader.ForStream(stream, new StreamOptions { BatchesPerEpoch = 50, ShuffleBuffer = 200 }, new LoaderOptions { BatchSize = 16 });
        using DataLoader measured = DataLoader.ForEvaluation(validation);

        using var recorder = new RunRecorder("runs", "stream");            // RunRecorder.Resume("runs/latest") continues it
        var trainer = new Trainer(new TrainOptions { MaxSteps = 120, Seed = 42 }, [recorder]);
        using Net model = trainer.CreateModel(() => new Net());
        TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-2), train, measured, recorder.From);

        static IEnumerable<StreamSample> Records()                         // called again after the last record, and to resume
        {
            foreach (string line in File.ReadLines("records.csv"))
            {
                string[] cells = line.Split(',');
                yield return new StreamSample([.. cells[..4].Select(c => float.Parse(c, CultureInfo.InvariantCulture))], long.Parse(cells[4], CultureInfo.InvariantCulture));
            }
        }

        Assert.Equal((3, 120L), (result.At.Epoch, result.At.Step));
        Assert.True(result.History.Last(Pass.Validation)!.Metrics["accuracy"] > 0.9);
    }

    [Fact]
    public void Weights_of_a_file_are_loaded_frozen_and_trained_at_their_own_rate()
    {
        using (var trained = new Parts())
        {
            Weights.Save(trained, "resnet18.pth");
        }

        ArrayDataset train = TinyData.Clusters(70);
        using var model = new Parts();
        InitReport report = InitialWeights.Load(model, new InitOptions { From = "resnet18.pth", Skip = ["fc.*"] });
        var trainer = new Trainer(new TrainOptions { Freeze = ["layer1.*", new() { Match = "layer2.*", UntilEpoch = 3 }] });
        trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW() with { Rules = [new() { Match = "fc.*", LrScale = 10 }] }, train);

        using WeightFile file = WeightFile.Open("resnet18.pth");          // names, types and shapes; values are read on demand
        using Tensor values = file.ToTensor(file.Find("fc.weight")!);
        Assert.Equal(["layer1.bias", "layer1.weight", "layer2.bias", "layer2.weight"], report.Loaded.Order(StringComparer.Ordinal));
        Assert.Equal([3, 8], values.shape);
    }

    [Fact]
    public void A_random_stream_begins_anew()
    {
        using StringWriter output = new();
        TextWriter before = Console.Out;
        Console.SetOut(output);
        RandomStream first = RandomStream.For(seed: 42, RandomPurpose.Order, epoch: 3);
        RandomStream again = RandomStream.For(seed: 42, RandomPurpose.Order, epoch: 3);
        Console.WriteLine(first.NextUInt64() == again.NextUInt64());   // True, whatever was drawn before, on whichever thread
        Console.SetOut(before);
        Assert.Equal("True", output.ToString().Trim());
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly Linear fc1 = nn.Linear(4, 8);
        private readonly Linear fc2 = nn.Linear(8, 3);

        public Net()
            : base(nameof(Net)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input)));
    }

    private sealed class Parts : nn.Module<Tensor, Tensor>
    {
        private readonly Linear layer1 = nn.Linear(4, 8);
        private readonly Linear layer2 = nn.Linear(8, 8);
        private readonly Linear fc = nn.Linear(8, 3);

        public Parts()
            : base(nameof(Parts)) => RegisterComponents();

        public override Tensor forward(Tensor input) => fc.call(layer2.call(layer1.call(input).relu()).relu());
    }
}
