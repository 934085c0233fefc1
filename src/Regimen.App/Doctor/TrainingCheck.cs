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

/// <summary>Whether training really works: two steps of a net with four weights, in this process and without a file.</summary>
internal static class TrainingCheck
{
    private const string Name = "training";

    /// <summary>Weights of zero answer both classes alike: ln 2. Two steps on two points lead below that, or training does not work.</summary>
    private const double LossOfGuessing = 0.6931;

    public static DoctorCheck Run(NativeCheckResult native)
    {
        if (!native.Loads)
        {
            return new DoctorCheck(Name, CheckState.Problem, "was not tried, because libtorch does not load");
        }

        try
        {
            return Train();
        }
#pragma warning disable CA1031 // Whatever it is, it is what a training would meet: told of, not thrown.
        catch (Exception exception)
        {
            return new DoctorCheck(
                Name, CheckState.Problem, $"does not work: {exception.Message.Split('\n')[0].TrimEnd()} ({exception.GetType().Name})",
                "Build the program again (dotnet build); if that does not help, please report it with this output.");
        }
#pragma warning restore CA1031
    }

    /// <summary>Kept apart, so that nothing of TorchSharp is started where libtorch does not load.</summary>
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
        string measured = string.Create(CultureInfo.InvariantCulture, $"two steps of a net with four weights gave a loss of {loss:F3}");
        return loss < LossOfGuessing && result.At.Step == 2
            ? new DoctorCheck(Name, CheckState.Ok, $"works: {measured}")
            : new DoctorCheck(Name, CheckState.Problem, $"computes wrongly: {measured}, expected one below ln 2 = 0.693");
    }
}
