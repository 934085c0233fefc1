using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Training;

// The library without configs: a plain Module, arrays and three calls, without attributes or a run folder.
//     dotnet run -c Release --project samples/TwoMoons
using System.Globalization;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

(float[,] points, int[] moons) = Moons.Draw(count: 1200, seed: 1);
(IDataset train, IDataset validation) = RandomSplit.HoldOut(ArrayDataset.ForClassification(points, moons), fraction: 0.25, seed: 42);

var trainer = new Trainer(new TrainOptions { Epochs = 60, Seed = 42, EarlyStopping = new EarlyStoppingOptions { Patience = 10 } }, [new Progress()]);
using Net model = trainer.CreateModel(() => new Net());
TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 1e-2), train, validation);

using DataLoader loader = DataLoader.ForEvaluation(validation);
EvaluationResult measured = Evaluator.Evaluate(model, Objectives.CrossEntropy, loader);
Console.WriteLine($"{result.Status} after epoch {result.At.Epoch}: {result.Reason}.");
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"validation accuracy {measured.Metrics["accuracy"]:0.000}, loss {measured.Loss:0.0000}"));
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

/// <summary>An observer that prints every tenth epoch.</summary>
internal sealed class Progress : ITrainObserver
{
    public void Observe(TrainEvent trainEvent)
    {
        if (trainEvent is TrainEvent.EpochEnded { Train.At.Epoch: var epoch } ended && epoch % 10 == 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch,2}: train loss {ended.Train.Loss:0.0000}, validation loss {ended.Validation!.Loss:0.0000}"));
        }
    }
}
