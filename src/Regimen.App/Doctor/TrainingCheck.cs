using System.Globalization;
using System.Runtime.CompilerServices;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.App.Doctor;

/// <summary>Checks whether training works: two steps of a model with four weights, in this process and without files.</summary>
internal static class TrainingCheck
{
    private const string Name = "training";

    /// <summary>The loss of weights of zero, which predict both classes equally: ln 2. Two steps on two samples must reduce it.</summary>
    private const double InitialLoss = 0.6931;

    public static DoctorCheck Run(NativeCheckResult native)
    {
        if (!native.Loads)
        {
            return new DoctorCheck(Name, CheckState.Problem, "was not checked, because libtorch does not load");
        }

        try
        {
            return Train();
        }
#pragma warning disable CA1031 // Any exception would also end a training, so it is the result of this check.
        catch (Exception exception)
        {
            return new DoctorCheck(
                Name, CheckState.Problem, $"does not work: {exception.Message.Split('\n')[0].TrimEnd()} ({exception.GetType().Name})",
                "Build the program again (dotnet build); if that does not help, please report it with this output.");
        }
#pragma warning restore CA1031
    }

    /// <summary>Not inlined, so that TorchSharp is not initialised if libtorch does not load.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DoctorCheck Train()
    {
        using DisposeScope scope = NewDisposeScope();
        ArrayDataset points = ArrayDataset.ForClassification([1, 0, 0, 1], [0, 1], new SampleShape(2), ["left", "right"]);
        using DataLoader batches = DataLoader.ForTraining(points, new LoaderOptions { BatchSize = points.Count, Workers = 0 });
        using var net = nn.Linear(2, 2, hasBias: false);
        nn.init.zeros_(net.weight);
        var trainer = new Trainer(new TrainOptions { Epochs = 2, Seed = 1 });
        TrainResult result = trainer.Fit(net, Objectives.CrossEntropy, Optimizers.Sgd(lr: 0.1), batches);
        double loss = result.History.Last(Pass.Train)!.Loss;
        string measured = string.Create(CultureInfo.InvariantCulture, $"two steps of a model with four weights gave a loss of {loss:F3}");
        return loss < InitialLoss && result.At.Step == 2
            ? new DoctorCheck(Name, CheckState.Ok, $"works: {measured}")
            : new DoctorCheck(Name, CheckState.Problem, $"computes a wrong result: {measured}; expected less than ln 2 = 0.693");
    }
}
