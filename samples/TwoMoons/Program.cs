// The library alone: a bare Module, arrays, and a handful of calls. No config, no attribute.
//     dotnet run -c Release --project samples/TwoMoons              train, with a run folder below runs/
//     dotnet run -c Release --project samples/TwoMoons -- resume    continue the latest run after an interruption or a crash
//     dotnet run -c Release --project samples/TwoMoons -- verify    train again and compare with the latest run, bit for bit
using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

(float[,] points, int[] moons) = Moons.Draw(count: 1200, seed: 1);
(IDataset train, IDataset validation) = RandomSplit.HoldOut(ArrayDataset.ForClassification(points, moons), fraction: 0.25, seed: 42);

RunVerifier? verifier = args is ["verify"] ? new RunVerifier("runs/latest") : null;
using RunRecorder? recorder = verifier is not null ? null : args is ["resume"] ? RunRecorder.Resume("runs/latest") : new RunRecorder("runs", "moons");
var options = new TrainOptions { Epochs = 60, Seed = 42, EarlyStopping = new EarlyStoppingOptions { Patience = 10 } };
var trainer = new Trainer(options, [verifier is not null ? verifier : recorder!, new ProgressLines()]);
using Net model = trainer.CreateModel(() => new Net());
TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-2), train, validation, from: recorder?.From);

using DataLoader loader = DataLoader.ForEvaluation(validation);
EvaluationResult measured = Evaluator.Evaluate(model, Objectives.CrossEntropy, loader);
Console.WriteLine($"{result.Status} after epoch {result.At.Epoch}: {result.Reason}.");
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"validation accuracy {measured.Metrics["accuracy"]:0.000}, loss {measured.Loss:0.0000}"));
if (verifier is { IsIdentical: false })
{
    Console.WriteLine(string.Join('\n', verifier.Differences));
    return 1;
}

Console.WriteLine(verifier is null ? $"recorded in {Path.GetRelativePath(Environment.CurrentDirectory, recorder!.Folder!)}" : $"identical: {verifier.EqualSteps} losses and the weights");
return measured.Metrics["accuracy"] > 0.95 ? 0 : 1;

/// <summary>An ordinary TorchSharp module: a constructor and a forward method.</summary>
internal sealed class Net : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1 = nn.Linear(2, 32);
    private readonly Linear fc2 = nn.Linear(32, 2);

    public Net()
        : base(nameof(Net)) => RegisterComponents();

    public override Tensor forward(Tensor input) => fc2.call(nn.functional.relu(fc1.call(input)));
}

/// <summary>Prints every tenth epoch.</summary>
internal sealed class ProgressLines : ITrainObserver
{
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.EpochEnded { Train.At.Epoch: var epoch } ended && epoch % 10 == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch,2}: train loss {ended.Train.Loss:0.0000}, validation loss {ended.Validation!.Loss:0.0000}"));
        }
    }
}
