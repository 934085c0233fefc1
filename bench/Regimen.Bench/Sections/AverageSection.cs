using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>What averaged weights cost whole runs of three epochs, test and checkpoints included, as processor time of the process with one compute
/// thread.</summary>
internal static class AverageSection
{
    private const int Pairs = 15;

    public static void Run(Report report)
    {
        foreach ((string name, string config) in new[] { ("the default run", ""), ("the default run with sgd", "optimizer=sgd"), ("cnn of PyTorch's example", "model=cnn trainer.limit_train_batches=60") })
        {
            string task = $"more={config} trainer.epochs=3 early_stopping=none";
            foreach (string average in (string[])["ema", "swa"])
            {
                report.Compare($"{name}, {average}", "CPU ms", Peer.Worker("Regimen", "tracking", $"{task} average={average}"), Peer.Worker("no average", "tracking", task), 1.03, Pairs);
            }
        }
    }
}
