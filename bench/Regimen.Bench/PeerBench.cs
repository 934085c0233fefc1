using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Runs;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Bench;

/// <summary>Whole training epochs with everything on (metrics, logs, the loss of every step, TensorBoard, a checkpoint an epoch) against
/// the loop by hand, which does none of it. Validation apart: there is no validation set on either side.</summary>
internal static class PeerBench
{
    public static IEnumerable<Comparison> Run(int pairs)
    {
        yield return Compare("course_sgd (mlp, SGD)", pairs, ["experiment=course_sgd"], Mlp, p => optim.SGD(p, 1e-3));
        yield return Compare("mlp, AdamW", pairs, ["early_stopping=none"], Mlp, p => optim.AdamW(p, 1e-3, weight_decay: 0.01));
        yield return Compare("cnn, AdamW, 100 steps", Math.Min(pairs, 7), ["model=cnn", "early_stopping=none", "data.limit=6400"], Cnn, p => optim.AdamW(p, 1e-3, weight_decay: 0.01));
    }

    private static Comparison Compare(
        string work, int pairs, string[] arguments, Func<nn.Module<Tensor, Tensor>> model, Func<IEnumerable<TorchSharp.Modules.Parameter>, optim.Optimizer> optimizer)
    {
        DirectoryInfo runs = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            ComponentCatalog catalog = ComponentCatalog.From([typeof(ComponentCatalog).Assembly]);
            RunConfig config = ConfigComposer.Compose(catalog, new ConfigRequest
            {
                WorkingDirectory = Environment.CurrentDirectory,
                Arguments = [.. arguments, "data.validation_fraction=0", "trainer.epochs=2", $"runs={runs.FullName}"],
            }).Config;
            using Experiment look = Experiment.Prepare(config, catalog);
            int threads = look.Config.Threads!.Value;
            using var hand = new HandLoop(look.Data.Train, look.Data.TrainTransforms, model, optimizer);
            RunSurroundings surroundings = RunSurroundings.OfProcess(git: null);
            return Comparison.Measure($"{work}, {threads} thread(s)", "µs/step", "the TorchSharp loop by hand", pairs, Ours, () =>
            {
                Threads.Use(threads);
                return hand.Epoch();
            });

            // The second of two epochs: the first one also warms up.
            double Ours()
            {
                using Experiment experiment = Experiment.Prepare(config, catalog);
                using RunFolder folder = RunFolder.Create(runs.FullName, experiment.Config.RunName, TimeProvider.System);
                RunOutcome outcome = experiment.Run(folder, [], surroundings, TimeProvider.System);
                Pass last = outcome.Training.History.Last(Pass.Train)!;
                return last.EpochSeconds!.Value * 1e6 / (outcome.Training.At.Step / 2.0);
            }
        }
        finally
        {
            runs.Delete(recursive: true);
        }
    }

    private static nn.Module<Tensor, Tensor> Mlp()
        => nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10));

    private static nn.Module<Tensor, Tensor> Cnn() => nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10));
}
