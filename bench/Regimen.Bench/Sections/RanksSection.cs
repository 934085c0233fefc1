using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>Two ranks of one thread each against one process of one thread with the same whole batch: microseconds per step. Their ratio is one half where the
/// second processor is used fully. Each measurement is a job of its own, so that ranks that wait do not disturb the other side.</summary>
internal static class RanksSection
{
    public static void Run(Report report)
    {
        foreach ((string net, int batch, int steps, double? target) in ((string, int, int, double?)[])[("784-128-10", 64, 900, null), ("784-128-10", 512, 110, null), ("cnn", 128, 60, 1 / 1.8), ("784-2048-2048-10", 256, 60, 1 / 1.8), ("784-2048-2048-10", 1024, 20, 1 / 1.8)])
        {
            string work = $"{net}, batch {batch}";
            const string against = "one process, 1 thread";
            if (!report.Wants(work, against))
            {
                continue;
            }

            string[] options = [$"net={net}", $"batch={batch}", $"steps={steps}", "threads=1", "optimizer=adamw", "record=none"];
            report.Add(Comparison.Measure(
                work, against, "µs/step", target, report.Arguments.Pairs ?? 5,
                () => Measure(Peer.Ranks("2 ranks", 2, "regimen", [.. options, $"more=loader.global_batch_size={batch}"])),
                () => Measure(Peer.Worker(against, "regimen", options))));
        }
    }

    /// <summary>Measures the second epoch of a new process or job.</summary>
    private static double Measure(Peer peer)
    {
        using Side side = Side.Start(peer);
        side.Measure();
        return side.Measure();
    }
}
