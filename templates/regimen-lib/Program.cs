// Regimen as a library: a plain Module, arrays and a handful of calls.
//     dotnet run -c Release              train, and record the run below runs/
//     dotnet run -c Release -- resume    continue the latest run after an interruption or a crash
//     dotnet run -c Release -- verify    train again and compare with the latest run, bit for bit
using System.Globalization;
using static TorchSharp.torch;

(float[,] points, int[] rings) = Draw(count: 1500);
(IDataset train, IDataset validation) = RandomSplit.HoldOut(ArrayDataset.ForClassification(points, rings), fraction: 0.2, seed: 42);
var options = new TrainOptions { Epochs = 20, Seed = 42 };

try
{
    return args switch
    {
        [] => Record(new RunRecorder("runs", "rings")),
        ["resume"] => Record(RunRecorder.Resume("runs/latest")),
        ["verify"] => Verify(new RunVerifier("runs/latest")),
        _ => throw new RequestException(new Problem("Unknown arguments") { Where = string.Join(' ', args), Expected = "nothing, resume or verify" }),
    };
}
catch (RequestException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

int Record(RunRecorder recorder)
{
    using (recorder)
    {
        using Net model = Train(recorder, recorder.From);
        EvaluationResult measured = Evaluator.Evaluate(model, Objectives.CrossEntropy, validation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"validation accuracy {measured.Metrics["accuracy"]:0.000}, loss {measured.Loss:0.0000}"));
        Console.WriteLine($"recorded in {Path.GetRelativePath(Environment.CurrentDirectory, recorder.Folder!)}");
        return 0;
    }
}

int Verify(RunVerifier verifier)
{
    Train(verifier).Dispose();
    Console.WriteLine(verifier.IsIdentical ? $"identical: {verifier.EqualSteps} losses and the weights" : string.Join('\n', verifier.Differences));
    return verifier.IsIdentical ? 0 : 1;
}

Net Train(ITrainObserver observer, ResumePoint? from = null)
{
    var trainer = new Trainer(options, [observer]);
    Net model = trainer.CreateModel(() => new Net());
    trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-2), train, validation, from: from);
    return model;
}

// Points on three rings around one centre, always the same ones.
static (float[,] Points, int[] Rings) Draw(int count)
{
    var random = new Random(1);
    var points = new float[count, 2];
    var rings = new int[count];
    for (int i = 0; i < count; i++)
    {
        rings[i] = i % 3;
        double radius = 1 + rings[i] + (0.4 * random.NextDouble());
        double angle = 2 * Math.PI * random.NextDouble();
        points[i, 0] = (float)(radius * Math.Cos(angle));
        points[i, 1] = (float)(radius * Math.Sin(angle));
    }

    return (points, rings);
}

/// <summary>An ordinary TorchSharp module: a constructor and a forward method.</summary>
internal sealed class Net : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Linear fc1 = nn.Linear(2, 32);
    private readonly TorchSharp.Modules.Linear fc2 = nn.Linear(32, 3);

    public Net()
        : base(nameof(Net)) => RegisterComponents();

    /// <summary>Computes the logits, float32 [batch, 3], of points, float32 [batch, 2].</summary>
    public override Tensor forward(Tensor input) => fc2.call(fc1.call(input).relu());
}
