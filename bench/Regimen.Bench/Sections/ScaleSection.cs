using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>The growth of an epoch's time with the data: microseconds per step with 4 and 16 times 60,000 images against 60,000.</summary>
internal static class ScaleSection
{
    public static void Run(Report report)
    {
        foreach (int times in (int[])[4, 16])
        {
            report.Compare(
                $"an epoch of {times} × 60,000 images",
                "µs/step",
                Peer.Worker("Regimen", "regimen", "optimizer=sgd", $"repeat={times}"),
                Peer.Worker($"{times} epochs of 60,000", "regimen", "optimizer=sgd", $"epochs={times}"),
                1.05,
                times == 4 ? 7 : 3);
        }
    }
}
